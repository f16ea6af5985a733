{#-
  Satellite whose versions have an order of their own (`sat` with `src_order`): one row a change of a key's description,
  in the order of `src_eff` and `src_order` instead of the load date. A row is loaded when its `src_hashdiff` differs from
  the version before it in that order.

  All versions of a key within one load are kept, a load that is repeated adds nothing, and a version that comes late
  takes its place in the order. Only the keys of the load are read from the table, never all of its history.
-#}
{%- macro ordered_sat(arguments, src_order, source) -%}
{%- set columns = hallmark.as_list([
    arguments['src_pk'], arguments['src_hashdiff'], arguments['src_payload'], src_order,
    arguments['src_extra_columns'], arguments['src_eff'], arguments['src_ldts'], arguments['src_source'],
]) | unique | list -%}
{%- set hashdiff = hallmark.names(arguments['src_hashdiff']) -%}
{%- set instant = hallmark.as_list([arguments['src_eff'], src_order]) -%}
{%- set order = hallmark.as_list(
    [instant, arguments['src_ldts'], arguments['src_source'], arguments['src_hashdiff']]
) | unique | list -%}
{%- set version = hallmark.as_list([arguments['src_pk'], instant, arguments['src_hashdiff']]) -%}
{%- set pairs = hallmark.column_pairs(arguments.values() | list) + hallmark.column_pairs(src_order) -%}
{%- set sources = {} -%}
{%- for pair in pairs -%}{%- do sources.update({pair.name: pair}) -%}{%- endfor -%}
{%- set selected = [] -%}
{%- for name in columns -%}
    {%- do selected.append({'source_column': sources[name].source, 'alias': name}) -%}
{%- endfor -%}
{%- do hallmark.require_columns('sat', ref(source), dict(arguments, src_order=src_order)) -%}
with source_rows as (
    select distinct {{ hallmark.selected(selected) }}
    from {{ ref(source) }}
    where {{ hallmark.all_present(arguments['src_pk']) }}
),

{% if is_incremental() -%}
candidates as (
    select source_rows.*
    from source_rows
    left anti join {{ this }} as known on {{ hallmark.rows_agree(version, 'known', 'source_rows') }}
),

known_versions as (
    select {{ hallmark.names(columns, 'known') }}
    from {{ this }} as known
    left semi join candidates on {{ hallmark.rows_agree(arguments['src_pk'], 'known', 'candidates') }}
),

all_versions as (
    select *, true as _is_new from candidates
    union all
    select *, false as _is_new from known_versions
),
{%- else -%}
all_versions as (
    select *, true as _is_new from source_rows
),
{%- endif %}

compared as (
    select
        *,
        lag({{ hashdiff }}) over (
            partition by {{ hallmark.names(arguments['src_pk']) }} order by {{ hallmark.names(order) }}
        ) as _previous
    from all_versions
)

select {{ hallmark.names(columns) }}
from compared
where _is_new and not {{ hashdiff }} <=> _previous
{%- endmacro -%}
