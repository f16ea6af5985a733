{#-
  What hubs, links and non-historised links have in common: the first row of every key that the table does not hold yet.
  `source_model` is one model or several; rows without one of the `required` columns are not loaded. `arguments` names
  the columns for the letters about them.
-#}
{%- macro new_keys(macro_name, arguments, src_pk, required, src_ldts, src_source, source_model) -%}
{%- set columns = arguments.values() | list -%}
{%- set sources = [source_model] if source_model is string else source_model -%}
{%- do hallmark.require_distinct(macro_name, arguments) -%}
{%- for source in sources -%}
    {%- do hallmark.require_columns(macro_name, ref(source), arguments) -%}
{%- endfor -%}
with source_rows as (
    {%- for source in sources %}
    select {{ hallmark.selected(columns) }}, {{ loop.index }} as _source_rank
    from {{ ref(source) }}
    where {{ hallmark.all_present(required) }} and {{ hallmark.part_filter() }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

unknown_rows as (
    select source_rows.*
    from source_rows
    {%- if hallmark.is_increment() %}
    left anti join {{ this }} as known on {{ hallmark.keys_equal(src_pk, 'known', 'source_rows') }}
    {%- endif %}
),

ranked_rows as (
    select
        *,
        row_number() over (
            partition by {{ hallmark.names(src_pk) }}
            order by {{ hallmark.names([src_ldts, src_source]) }}, _source_rank
        ) as _rank
    from unknown_rows
)

select {{ hallmark.names(columns) }}
from ranked_rows
where _rank = 1
{%- endmacro -%}
