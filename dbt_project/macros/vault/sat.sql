{#-
  Satellite: one row a change of a key's description.

  Columns: `src_pk`, `src_hashdiff`, the payload, `src_extra_columns`, `src_eff`, `src_ldts`, `src_source`, under their
  aliases and with the types of the source. Arguments as AutomateDV documents them (macros/index.md, sat):
    src_pk             key column or columns; a row without one of them is not loaded
    src_hashdiff       column that tells versions apart, often `{source_column, alias}`
    src_payload        columns, or `{exclude_columns: true, columns: [...]}` for all columns of the source but these and
                       those of the other arguments
    src_extra_columns  more columns to take along
    src_eff            effective date; never compared, it only orders rows of one key and load date
    src_ldts, src_source, source_model
    src_order          not AutomateDV's: versions are put in the order of `src_eff` and these columns, see ordered_rows.sql

  Rules (best_practises/loading.md):
  - A first load takes, for each key, all rows of its earliest load date, and every later row whose hashdiff differs from
    that of the row before it.
  - A later load does the same, but a row of the earliest load date is left out when the table's latest load date of the
    key has that hashdiff already, unless it follows another one of that date. So A, B, A is three rows, within a date,
    too, and no change is none.
  - The config, `meta` or variable `apply_source_filter`: of a key that the table has, a later load sees only rows with a
    load date after its latest. Without it, a late row counts like any other.
  - With the variable `enable_ghost_records`, a table without a ghost gets one, once (ghost.sql).
  Where the documentation leaves it open: hashdiffs are compared null-safe; rows of one key and load date are put in the
  order of `src_eff` and the hashdiff; and a version that the table has already, with that very load date, is never
  added again.

  Cost: three columns of the table are read, once; rows of the load's keys alone are kept of them, and folded into one row
  a row of the load, in fixed buffers: no sort and no window over history.
-#}
{%- macro sat(src_pk, src_hashdiff, src_payload, src_extra_columns=none, src_eff=none, src_ldts=none, src_source=none,
              source_model=none, src_order=none) -%}
{%- do hallmark.require_no_more('sat', varargs, kwargs) -%}
{%- do hallmark.require_arguments('sat', {
    'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload, 'src_ldts': src_ldts,
    'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set source = hallmark.only_source('sat', source_model) -%}
{%- if not source -%}{%- do return('') -%}{%- endif -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload, 'src_extra_columns': src_extra_columns,
    'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{%- do hallmark.require_column_form('sat', dict(arguments, src_order=src_order)) -%}
{%- do arguments.update({'src_payload': hallmark.payload_columns('sat', source, arguments)}) -%}
{%- if src_order -%}
    {%- set arguments = hallmark.with_order(arguments, src_order, 'src_payload') -%}
    {%- do return(hallmark.ordered_rows('sat', arguments, source, src_pk, hallmark.as_list(src_hashdiff))) -%}
{%- endif -%}
{%- set arguments = hallmark.with_dates_once(arguments) -%}
{%- do hallmark.require_distinct('sat', arguments) -%}
{%- do hallmark.require_columns('sat', ref(source), arguments) -%}
{%- set columns = arguments.values() | list -%}
{%- set hashdiff = hallmark.names(src_hashdiff) -%}
{%- set ldts = hallmark.names(src_ldts) -%}
{%- set grows = hallmark.is_increment() -%}
{#- as the table has it; not for the source filter: a second load of a day would be none -#}
{%- set loaded = hallmark.of_type(ldts, hallmark.type_in_table(ldts)) -%}
with source_rows as (
    select {{ '' if grows else 'distinct ' }}{{ hallmark.selected(columns, 'staged') }}
    from {{ ref(source) }} as staged
    where {{ hallmark.all_present(src_pk, 'staged') }} {{- hallmark.load_filter() }}
),
{%- if grows %}

-- Each row once, with what the table has of its key: the latest load date, the latest one with this row's hashdiff, and
-- whether this very version is there. One grouping does both, as a join of the two would cost as much again.
judged_rows as (
    select
        {{ hallmark.names(columns) }},
        max(_hallmark_ldts) as _hallmark_newest,
        max(case when _hallmark_alike then _hallmark_ldts end) as _hallmark_newest_alike,
        bool_or(_hallmark_alike and _hallmark_ldts <=> {{ loaded }}) as _hallmark_is_known
    from (
        select
            {{ hallmark.names(columns, 'source_rows') }},
            known.{{ ldts }} as _hallmark_ldts,
            known.{{ hashdiff }} <=> source_rows.{{ hashdiff }} as _hallmark_alike
        from {{ this }} as known
        join source_rows on {{ hallmark.keys_found(src_pk, 'known', 'source_rows') }}
        union all
        select {{ hallmark.names(columns) }}, null, false from source_rows
    ) as all_rows
    group by {{ hallmark.names(columns) }}
),
{%- endif %}

placed_rows as (
    select
        *,
        first_value({{ ldts }}) over versions as _hallmark_first,
        lag({{ hashdiff }}) over versions as _hallmark_before
    from {{ 'judged_rows' if grows else 'source_rows' }}
    {%- if grows and hallmark.is_on('apply_source_filter') %}
    where _hallmark_newest is null or {{ ldts }} > _hallmark_newest
    {%- endif %}
    window versions as (
        partition by {{ hallmark.names(src_pk) }}
        order by {{ hallmark.names([src_ldts, src_eff]) }}
            {#- of rows of one instant that which is no change comes first: the others follow it #}
            {%- if grows %}, _hallmark_newest_alike <=> _hallmark_newest desc{% endif %}, {{ hallmark.names(src_hashdiff) }}
    )
)

select {{ hallmark.names(columns) }}
from placed_rows
where
    case
        when not {{ ldts }} <=> _hallmark_first then not {{ hashdiff }} <=> _hallmark_before
        {%- if grows %}
        when _hallmark_newest is not null then
            not _hallmark_newest_alike <=> _hallmark_newest
            or (_hallmark_before is not null and not {{ hashdiff }} <=> _hallmark_before)
        {%- endif %}
        else true
    end
    {%- if grows %}
    and not _hallmark_is_known
    {%- endif %}
{{- hallmark.with_ghost(source, arguments, grows) }}
{%- endmacro -%}
