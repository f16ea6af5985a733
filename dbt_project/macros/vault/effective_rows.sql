{#-
  An `eff_sat` with `src_order`, read: the rows that open or close a relationship, in the form of the documented
  `eff_sat`. A relationship is open from the effective date of an open row to that of its next closed one, [start, end);
  so `bridge` takes a model of these rows with `eff_sat_load_date` set to the effective date.

  Columns: those of the table, in its order (of an ephemeral model: those that a closing row changes come last).
  Arguments name columns as `eff_sat` has them; `model` is a model or its name.

  Rows: those of the table as they are, but
  - none that says what the row before it in the order of its driving key says (a late one came between them);
  - no open one that lasts no time, since its driving key has another row of that effective date behind it;
  - and one more behind each open row whose driving key goes on to another relationship: the same, but its end and
    effective date are the next row's effective date, and its order is the next row's.

  Cost: the table is shuffled and sorted once, by driving key; all windows are over that.
-#}
{%- macro effective_rows(model, src_pk, src_dfk, src_start_date, src_end_date, src_eff, src_order) -%}
{%- do hallmark.require_no_more('effective_rows', varargs, kwargs) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_start_date': src_start_date, 'src_end_date': src_end_date,
    'src_eff': src_eff, 'src_order': src_order,
} -%}
{%- do hallmark.require_arguments('effective_rows', dict(arguments, model=model)) -%}
{%- do hallmark.require_one_each('effective_rows', {'src_end_date': src_end_date, 'src_eff': src_eff}) -%}
{%- set table = ref(model) if model is string else model -%}
{%- set named = {} -%}
{%- for argument, value in arguments.items() -%}
    {%- do named.update({argument: hallmark.as_list(value, 'effective_rows(' ~ argument ~ ')')}) -%}
{%- endfor -%}
{%- do hallmark.require_columns('effective_rows', table, named) -%}
{%- set end, eff = hallmark.names(src_end_date), hallmark.names(src_eff) -%}
{%- set type_of_end = hallmark.type_of(end, hallmark.column_types(table)) -%}
{%- set own = hallmark.as_list([src_pk, src_dfk, src_start_date, src_end_date, src_eff]) -%}
{%- set instant = named.src_eff + hallmark.without(named.src_order, own) -%}
{%- set helpers = ['_hallmark_is_open', '_hallmark_next_pk', '_hallmark_next'] -%}
{%- set moved = hallmark.names([src_end_date, instant]) -%}
{%- set columns = hallmark.names(hallmark.columns_of(table))
    or '* except (' ~ hallmark.names(helpers) ~ ', ' ~ moved ~ '), ' ~ moved -%}
{%- set of_key = 'over (partition by ' ~ hallmark.names(src_dfk) ~ ' order by '
    ~ hallmark.names([src_eff, src_order, '_hallmark_is_open', src_pk]) ~ ')' -%}
{%- set relationship = 'struct(' ~ hallmark.names(src_pk) ~ ')' -%}
with statements as (
    select *, {{ hallmark.is_open(src_end_date) }} as _hallmark_is_open from {{ table }}
),

told as (
    {{ hallmark.changed_statements('statements', relationship, of_key) }}
),

lasting as (
    select * except (_hallmark_passes)
    from (select *, lead(struct({{ eff }})) {{ of_key }} <=> struct({{ eff }}) as _hallmark_passes from told)
    where not (_hallmark_is_open and _hallmark_passes)
),

-- what a relationship was left for may have lasted no time
changes as (
    {{ hallmark.changed_statements('lasting', relationship, of_key) }}
),

followed as (
    select
        *,
        lead({{ relationship }}) {{ of_key }} as _hallmark_next_pk,
        lead(struct({{ hallmark.names(instant) }})) {{ of_key }} as _hallmark_next
    from changes
)

select {{ columns }}
from followed
union all
select {{ columns }}
from (
    select
        * except ({{ moved }}),
        {{ hallmark.of_type('_hallmark_next.' ~ eff, type_of_end) }} as {{ end }}
        {%- for name in instant %},
        _hallmark_next.{{ hallmark.quoted(name) }}
        {%- endfor %}
    from followed
    where _hallmark_is_open and _hallmark_next is not null and not _hallmark_next_pk <=> {{ relationship }}
)
{%- endmacro -%}

{#- The rows that say something else than the one before them. -#}
{%- macro changed_statements(rows, relationship, of_key) -%}
    {%- set said = 'struct(' ~ relationship ~ ', _hallmark_is_open)' -%}
    select * except (_hallmark_repeats)
    from (select *, lag({{ said }}) {{ of_key }} <=> {{ said }} as _hallmark_repeats from {{ rows }})
    where not _hallmark_repeats
{%- endmacro -%}
