{#-
  Satellite: one row a change of a key's description. A row is loaded when its `src_hashdiff` differs from the version
  before it, in the order of `src_eff` (`src_ldts` without it); `src_order` breaks ties within one instant.

  All versions of a key within one load are kept, a load that is repeated adds nothing, and a version that comes late
  takes its place in the order. Only the keys of the load are read from the table, never all of its history.
-#}
{%- macro sat(src_pk, src_hashdiff, src_payload, src_ldts, src_source, source_model, src_eff=none, src_order=none,
              src_extra_columns=none) -%}
{%- set columns = hallmark.as_list(
    [src_pk, src_hashdiff, src_payload, src_order, src_extra_columns, src_eff, src_ldts, src_source]
) | unique | list -%}
{%- set instant = hallmark.as_list([src_eff, src_order]) or [src_ldts] -%}
{%- set order = (instant + hallmark.as_list([src_ldts, src_source, src_hashdiff])) | unique | list -%}
{%- set version = hallmark.as_list([src_pk, instant, src_hashdiff]) -%}
with source_rows as (
    select distinct {{ columns | join(', ') }}
    from {{ ref(source_model) }}
    where {{ hallmark.all_present(src_pk) }} and {{ hallmark.part_filter() }}
),

{% if hallmark.is_increment() -%}
candidates as (
    select source_rows.*
    from source_rows
    left anti join {{ this }} as known on {{ hallmark.rows_agree(version, 'known', 'source_rows') }}
),

known_versions as (
    select {% for column in columns %}known.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ this }} as known
    left semi join candidates on {{ hallmark.rows_agree(src_pk, 'known', 'candidates') }}
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
        lag({{ src_hashdiff }}) over (
            partition by {{ hallmark.as_list(src_pk) | join(', ') }} order by {{ order | join(', ') }}
        ) as _previous
    from all_versions
)

select {{ columns | join(', ') }}
from compared
where _is_new and not {{ src_hashdiff }} <=> _previous
{%- endmacro -%}
