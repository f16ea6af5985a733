{#-
  The load of a satellite whose rows have an order of their own (`sat`, `ma_sat` and `eff_sat` with `src_order`): a row
  is loaded when it says something else than the row before it, in the order of `src_eff` and `src_order` instead of the
  load date.

  All rows of a key within one load are kept, a load that is repeated adds nothing, and a row that comes late takes its
  place in the order. Only the keys of the load are read from the table, never all of its history.

  arguments: those of the satellite, in the order of its columns; `src_order` may name columns that are others as well.
  keys: columns whose rows follow one another; a row without one of them, or of `also_required`, is not loaded.
  told: names of what a row says, columns of the table or of `computed` ({name: SQL over the table's columns}).
  ties: columns that put rows of one instant in an order; without them the load date does, then the record source.
-#}
{%- macro ordered_rows(macro_name, arguments, source, keys, told, also_required=none, computed={}, ties=none) -%}
{%- set pairs = hallmark.column_pairs(arguments.values() | list) -%}
{%- set columns = pairs | map(attribute='name') | unique | list -%}
{%- set instant = [arguments['src_eff'], arguments['src_order']] -%}
{%- set arrival = [arguments['src_ldts'], arguments['src_source'], told] -%}
{%- set order = hallmark.as_list([instant, ties, arrival]) | unique | list -%}
{%- set version = hallmark.as_list([keys, instant, told]) | unique | list -%}
{%- set sources = {} -%}
{%- for pair in pairs -%}{%- do sources.update({pair.name: pair}) -%}{%- endfor -%}
{%- set selected = [] -%}
{%- for name in columns -%}
    {%- do selected.append({'source_column': sources[name].source, 'alias': name}) -%}
{%- endfor -%}
{%- set judged = ['*'] -%}
{%- for name, sql in computed.items() -%}{%- do judged.append(sql ~ ' as ' ~ hallmark.quoted(name)) -%}{%- endfor -%}
{%- do hallmark.require_columns(macro_name, ref(source), arguments) -%}
with source_rows as (
    select {{ judged | join(', ') }}
    from (
        select distinct {{ hallmark.selected(selected) }}
        from {{ ref(source) }}
        where {{ hallmark.all_present([keys, also_required]) }} {{- hallmark.load_filter() }}
    ) as staged
),

{% if hallmark.is_increment() -%}
held as (
    select {{ judged | join(', ') }} from {{ this }}
),

candidates as (
    select source_rows.*
    from source_rows
    left anti join held as known on {{ hallmark.rows_agree(version, 'known', 'source_rows') }}
),

known_versions as (
    select {{ hallmark.names([columns, computed.keys() | list], 'known') }}
    from held as known
    left semi join candidates on {{ hallmark.rows_agree(keys, 'known', 'candidates') }}
),

all_versions as (
    select *, true as _hallmark_is_new from candidates
    union all
    select *, false as _hallmark_is_new from known_versions
),
{%- else -%}
all_versions as (
    select *, true as _hallmark_is_new from source_rows
),
{%- endif %}

compared as (
    select
        *,
        lag(struct({{ hallmark.names(told) }})) over (
            partition by {{ hallmark.names(keys) }} order by {{ hallmark.names(order) }}
        ) as _hallmark_previous
    from all_versions
)

select {{ hallmark.names(columns) }}
from compared
where _hallmark_is_new and not struct({{ hallmark.names(told) }}) <=> _hallmark_previous
{%- endmacro -%}

{#- The same arguments with those of the order behind the one that is named: where a satellite has their columns. -#}
{%- macro with_order(arguments, src_order, behind) -%}
    {%- set ordered = {} -%}
    {%- for argument, value in arguments.items() -%}
        {%- do ordered.update({argument: value}) -%}
        {%- if argument == behind -%}{%- do ordered.update({'src_order': src_order}) -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(ordered) -%}
{%- endmacro -%}
