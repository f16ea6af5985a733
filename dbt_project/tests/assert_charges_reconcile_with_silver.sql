{{ config(enabled=own_project()) }}
-- Money is conserved: every cost of every bill and currency has in gold the very sum it has in silver.
with sums as (
    {%- for layer, relation in [('silver', source('silver', 'charges')), ('gold', ref('fct_charges'))] %}
    select
        '{{ layer }}' as layer,
        {{ '_source' if layer == 'silver' else 'record_source' }} as record_source,
        billing_currency,
        count(*) as charges,
        coalesce(sum(billed_cost), 0) as billed_cost,
        coalesce(sum(effective_cost), 0) as effective_cost,
        coalesce(sum(list_cost), 0) as list_cost,
        coalesce(sum(contracted_cost), 0) as contracted_cost
    from {{ relation }}
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select record_source, billing_currency
from sums
group by record_source, billing_currency
having count(*) != 2
    or min(charges) != max(charges)
    or min(billed_cost) != max(billed_cost)
    or min(effective_cost) != max(effective_cost)
    or min(list_cost) != max(list_cost)
    or min(contracted_cost) != max(contracted_cost)
