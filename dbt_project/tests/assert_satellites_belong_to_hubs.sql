{{ config(enabled=own_project()) }}
-- A satellite describes only keys that its hub has.
{% for satellite, hub, key in [
    ('sat_customer', 'hub_customer', 'customer_hk'),
    ('sat_model', 'hub_model', 'model_hk'),
    ('ma_sat_price_plan', 'hub_price_plan', 'price_plan_hk'),
    ('sat_deployment', 'hub_deployment', 'deployment_hk'),
    ('sat_node_pool', 'hub_node_pool', 'node_pool_hk'),
] -%}
select '{{ satellite }}' as satellite, sat.{{ key }} as orphan
from {{ ref(satellite) }} as sat
left anti join {{ ref(hub) }} as hub on sat.{{ key }} = hub.{{ key }}
{{ 'union all' if not loop.last }}
{% endfor %}
