{#-
  Multi-active satellite: the rows of a key that hold at the same time, told apart by `src_cdk`; one set a change.

  Columns: `src_pk`, `src_hashdiff`, `src_cdk`, the payload, `src_extra_columns`, `src_eff`, `src_ldts`, `src_source`.
  Arguments as AutomateDV documents them (macros/index.md, ma_sat); `src_payload` also takes `exclude_columns`.

  Rules:
  - A row without one of the key or child key columns is not loaded; the same row twice is one row.
  - A first load takes all rows. A later one compares, for each key, the set of (hashdiff, child key) in the load with the
    set of the key's latest load date in the table: if one is added, changed or gone, all rows of the load's set are
    added; else none. A key that the load does not mention stays as it is.
  - A load holds one set a key: rows of several load dates count as one set, as documented. `vault_insert_by_period`
    loads them one after the other.
  - `src_order` (not AutomateDV's): no sets. The rows of each member, [src_pk, src_cdk], are put in the order of `src_eff`
    and these columns, and one is loaded when its hashdiff differs from the one before it (ordered_rows.sql). What the
    load does not mention stays as it is, so the source says of a member that it is gone: a payload of `is_deleted`.
  - With the variable `enable_ghost_records`, a table without a ghost gets one, once (ghost.sql).
  Where the documentation leaves it open: hashdiffs are compared null-safe, and a row that the table has already, with
  that very load date, is never added again.

  Cost: keys, hashdiffs, child keys and load dates of the table are read, once, and kept for the load's keys alone.
-#}
{%- macro ma_sat(src_pk, src_cdk, src_hashdiff, src_payload, src_extra_columns=none, src_eff=none, src_ldts=none,
                 src_source=none, source_model=none, src_order=none) -%}
{%- do hallmark.require_no_more('ma_sat', varargs, kwargs) -%}
{%- do hallmark.require_arguments('ma_sat', {
    'src_pk': src_pk, 'src_cdk': src_cdk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload,
    'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set source = hallmark.only_source('ma_sat', source_model) -%}
{%- if not source -%}{%- do return('') -%}{%- endif -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_cdk': src_cdk, 'src_payload': src_payload,
    'src_extra_columns': src_extra_columns, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{%- do hallmark.require_column_form('ma_sat', dict(arguments, src_order=src_order)) -%}
{%- do arguments.update({'src_payload': hallmark.payload_columns('ma_sat', source, arguments)}) -%}
{%- set arguments = hallmark.with_dates_once(arguments) -%}
{%- do hallmark.require_distinct('ma_sat', arguments) -%}
{%- if src_order -%}
    {%- set arguments = hallmark.with_order(arguments, src_order, 'src_payload') -%}
    {%- do return(hallmark.ordered_rows(
        'ma_sat', arguments, source, [src_pk, src_cdk], hallmark.as_list(src_hashdiff))) -%}
{%- endif -%}
{%- do hallmark.require_columns('ma_sat', ref(source), arguments) -%}
{%- set columns = arguments.values() | list -%}
{%- set ldts = hallmark.names(src_ldts) -%}
{%- set member = [src_pk, src_hashdiff, src_cdk] -%}
{%- set grows = hallmark.is_increment() -%}
{%- set type = hallmark.type_in_table(ldts) -%}
with source_rows as (
    select distinct {{ hallmark.selected(columns, 'staged') }}
    from {{ ref(source) }} as staged
    where {{ hallmark.all_present([src_pk, src_cdk], 'staged') }} {{- hallmark.load_filter() }}
)
{%- if not grows %}

select {{ hallmark.names(columns) }} from source_rows
{%- else %},

loaded_keys as (
    select {{ hallmark.names(src_pk) }}, {{ hallmark.of_type('min(' ~ ldts ~ ')', type) }} as _hallmark_oldest
    from source_rows
    group by {{ hallmark.names(src_pk) }}
),

known_rows as (
    select
        {{ hallmark.names([member, src_ldts], 'known') }},
        loaded_keys._hallmark_oldest,
        rank() over (
            partition by {{ hallmark.names(src_pk, 'known') }} order by known.{{ ldts }} desc
        ) as _hallmark_place
    from {{ this }} as known
    join loaded_keys on {{ hallmark.keys_found(src_pk, 'known', 'loaded_keys') }}
),

-- Each member of a set: whether the load offers it, whether the table holds it now, and since when it has had it.
members as (
    select
        {{ hallmark.names(member) }},
        max(_hallmark_offered) as _hallmark_offered,
        max(_hallmark_held) as _hallmark_held,
        collect_set(_hallmark_since) as _hallmark_since
    from (
        select {{ hallmark.names(member) }}, 1 as _hallmark_offered, 0 as _hallmark_held, null as _hallmark_since
        from source_rows
        union all
        select {{ hallmark.names(member) }}, 0, if(_hallmark_place = 1, 1, 0), {{ ldts }}
        from known_rows
        where _hallmark_place = 1 or {{ ldts }} >= _hallmark_oldest
    ) as all_rows
    group by {{ hallmark.names(member) }}
),

judged as (
    select
        *,
        max(_hallmark_offered <> _hallmark_held) over (
            partition by {{ hallmark.names(src_pk) }}
        ) as _hallmark_differs
    from members
)

select {{ hallmark.names(columns, 'source_rows') }}
from source_rows
join judged on {{ hallmark.rows_agree(member, 'source_rows', 'judged') }}
where
    judged._hallmark_differs
    {#- not array_contains: a table of somebody else's has dates in another type, as text #}
    and not coalesce(exists(
        judged._hallmark_since, since -> since <=> {{ hallmark.of_type('source_rows.' ~ ldts, type) }}
    ), false)
{%- endif %}
{{- hallmark.with_ghost(source, arguments, grows) }}
{%- endmacro -%}
