{#-
  Effectivity satellite: when the relationships of a link were open.

  Columns: `src_pk`, `src_dfk`, `src_sfk`, `src_start_date`, `src_end_date`, `src_extra_columns`, `src_eff`, `src_ldts`,
  `src_source`. A row whose end lies on the day of the variable `max_datetime` is open, any other closed. Arguments as
  AutomateDV documents them (macros/index.md, eff_sat): `src_dfk` is the side of the link that stays (the driving key),
  `src_sfk` the side that changes; each may be several columns.

  Rules:
  - A row without one of the columns of `src_dfk` or `src_sfk` is not loaded; the same row twice is one row.
  - A first load takes all rows. A later one compares with the latest row of the relationship in the table:
    - a relationship that is new: the row as it is;
    - the latest is closed and the row is open: reopened, the row as it is;
    - the latest is open and the row is closed: closed, the row as it is but with the record source of the opening;
    - open and open, closed and closed: nothing.
  - With the config, `meta` or variable `is_auto_end_dating`, a row whose driving key has another relationship open
    closes that one: its start date and record source stay, its end and effective date are the row's effective date.
    Rows that are closed in the source then close nothing, and a reopened relationship starts at the effective date.
  - `src_order` (not AutomateDV's): see ordered_effectivity.sql.
  Where the documentation leaves it open: of rows of one load date the one that is effective last is the latest; a row
  that the table has already is never added again; an automatically closed row keeps the extra columns of the opening.
  A load holds one row a relationship: several changes of one in a load are all compared with the table as it was.

  Cost: rows of the load's keys (with `is_auto_end_dating`: driving keys) alone are kept of the table, in one scan.
-#}
{%- macro eff_sat(src_pk, src_dfk, src_sfk, src_extra_columns=none, src_start_date=none, src_end_date=none, src_eff=none,
                  src_ldts=none, src_source=none, source_model=none, src_order=none) -%}
{%- do hallmark.require_no_more('eff_sat', varargs, kwargs) -%}
{%- do hallmark.require_arguments('eff_sat', {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
    'src_end_date': src_end_date, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
    'source_model': source_model,
}) -%}
{%- set source = hallmark.only_source('eff_sat', source_model) -%}
{%- if not source -%}{%- do return('') -%}{%- endif -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
    'src_end_date': src_end_date, 'src_extra_columns': src_extra_columns, 'src_eff': src_eff, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{%- do hallmark.require_distinct('eff_sat', arguments) -%}
{%- if src_order -%}{%- do return(hallmark.ordered_effectivity(arguments, src_order, source)) -%}{%- endif -%}
{%- do hallmark.require_columns('eff_sat', ref(source), arguments) -%}
{%- set columns = arguments.values() | list -%}
{%- set grows = hallmark.is_increment() -%}
with source_rows as (
    select distinct {{ hallmark.selected(columns, 'staged') }}
    from {{ ref(source) }} as staged
    where {{ hallmark.all_present([src_dfk, src_sfk], 'staged') }} {{- hallmark.load_filter() }}
)
{%- if not grows %}

select {{ hallmark.names(columns) }} from source_rows
{%- else %},
{{ hallmark.changed_effectivity(arguments, columns, hallmark.is_on('is_auto_end_dating')) }}
{%- endif %}
{%- endmacro -%}

{#- The rows that open, reopen or close a relationship, out of `source_rows` and the table. -#}
{%- macro changed_effectivity(arguments, columns, ends_by_itself) -%}
{%- set pk = arguments['src_pk'] -%}
{%- set sought = arguments['src_dfk'] if ends_by_itself else pk -%}
{%- set start, end = hallmark.as_list(arguments['src_start_date'])[0], hallmark.as_list(arguments['src_end_date'])[0] -%}
{%- set eff, ldts = hallmark.as_list(arguments['src_eff'])[0], hallmark.as_list(arguments['src_ldts'])[0] -%}
{%- set source_eff = hallmark.quoted(eff, 'source_rows') -%}
{%- set source_end = 'to_date(' ~ hallmark.quoted(end, 'source_rows') ~ ')' -%}
{%- set forever = hallmark.forever() -%}
{%- set types, typed = hallmark.column_types(this), {} -%}
{%- for name in [start, end, eff, ldts] -%}
    {%- do typed.update({name: 'cast(' ~ hallmark.quoted(name) ~ ' as ' ~ types[name | replace('`', '') | lower] ~ ')'}) -%}
{%- endfor %}
loaded_keys as (
    select {{ hallmark.names(sought) }}, min({{ hallmark.quoted(ldts) }}) as _hallmark_oldest
    from source_rows
    group by {{ hallmark.names(sought) }}
),

-- The latest row of each relationship, and its rows that the load may bring again.
latest as (
    select
        _hallmark_latest.*,
        to_date(_hallmark_latest.{{ hallmark.quoted(end) }}) = {{ forever }} as _hallmark_is_open,
        _hallmark_recent
    from (
        select
            max_by(
                struct({{ hallmark.names(columns, 'known') }}),
                struct({{ hallmark.names([ldts, eff, end, start], 'known') }})
            ) as _hallmark_latest,
            collect_set(struct({{ hallmark.names([start, end, eff, ldts], 'known') }})) filter (
                where {{ hallmark.quoted(ldts, 'known') }} >= loaded_keys._hallmark_oldest
            ) as _hallmark_recent
        from {{ this }} as known
        join loaded_keys on {{ hallmark.keys_equal(sought, 'known', 'loaded_keys') }}
        group by {{ hallmark.names(pk, 'known') }}
    ) as relationships
),

changes as (
    select {{ hallmark.names(columns, 'source_rows') }}, null as _hallmark_recent
    from source_rows
    left anti join latest on {{ hallmark.keys_equal(pk, 'source_rows', 'latest') }}
    union all
    select
        {{ hallmark.names_but(columns, 'source_rows', {start: source_eff} if ends_by_itself else {}) }},
        latest._hallmark_recent
    from source_rows
    join latest on {{ hallmark.keys_equal(pk, 'source_rows', 'latest') }}
    where not latest._hallmark_is_open and {{ source_end }} = {{ forever }}
    union all
    {%- if ends_by_itself %}
    select
        {{ hallmark.names_but(columns, 'latest', {
            end: source_eff, eff: source_eff, ldts: hallmark.quoted(ldts, 'source_rows'),
        }) }},
        latest._hallmark_recent
    from source_rows
    join latest on {{ hallmark.keys_equal(sought, 'source_rows', 'latest') }}
    where latest._hallmark_is_open and not ({{ hallmark.keys_equal(arguments['src_sfk'], 'source_rows', 'latest') }})
    {%- else %}
    {%- set opened_by = {} -%}
    {%- for name in hallmark.as_list(arguments['src_source']) -%}
        {%- do opened_by.update({name: hallmark.quoted(name, 'latest')}) -%}
    {%- endfor %}
    select {{ hallmark.names_but(columns, 'source_rows', opened_by) }}, latest._hallmark_recent
    from source_rows
    join latest on {{ hallmark.keys_equal(pk, 'source_rows', 'latest') }}
    where latest._hallmark_is_open and {{ source_end }} <> {{ forever }}
    {%- endif %}
),

-- A row as the table will have it: an end that is an effective time in a table that ends with days.
typed_changes as (
    select {{ hallmark.names_but(columns, 'changes', typed) }}, _hallmark_recent from changes
)

select distinct {{ hallmark.names(columns) }}
from typed_changes
where not coalesce(array_contains(_hallmark_recent, struct({{ hallmark.names([start, end, eff, ldts]) }})), false)
{%- endmacro -%}

{#- `` a.`x`, expression as `y` ``: the columns of a table's arguments, some of them `replaced` (name to SQL). -#}
{%- macro names_but(columns, of, replaced) -%}
    {%- set parts = [] -%}
    {%- for name in hallmark.as_list(columns) -%}
        {%- do parts.append((replaced[name] ~ ' as ' ~ hallmark.quoted(name)) if name in replaced else hallmark.quoted(name, of)) -%}
    {%- endfor -%}
    {%- do return(parts | join(', ')) -%}
{%- endmacro -%}
