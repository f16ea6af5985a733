{#-
  What hubs, links and non-historised links have in common: the first row of every key that the table does not hold yet.
  `source_model` is one model or several; rows without one of the `required` columns are not loaded.
-#}
{%- macro new_keys(columns, src_pk, required, src_ldts, src_source, source_model) -%}
{%- set order = hallmark.as_list([src_ldts, src_source]) -%}
with source_rows as (
    {%- for model in hallmark.as_list(source_model) %}
    select {{ columns | join(', ') }}
    from {{ ref(model) }}
    where {{ hallmark.all_present(required) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

unknown_rows as (
    select source_rows.*
    from source_rows
    {%- if is_incremental() %}
    left anti join {{ this }} as known on {{ hallmark.rows_agree(src_pk, 'known', 'source_rows') }}
    {%- endif %}
),

ranked_rows as (
    select
        *,
        row_number() over (
            partition by {{ hallmark.as_list(src_pk) | join(', ') }} order by {{ order | join(', ') }}
        ) as _rank
    from unknown_rows
)

select {{ columns | join(', ') }}
from ranked_rows
where _rank = 1
{%- endmacro -%}
