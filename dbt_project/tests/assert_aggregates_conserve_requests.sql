{{ config(enabled=own_project()) }}
-- The day totals and the demand windows add up to the facts they are made of: requests, tokens and money.
with totals as (
    select
        'fct_inference_requests' as table_name,
        count(*) as requests,
        coalesce(sum(prompt_tokens), 0) as prompt_tokens,
        coalesce(sum(completion_tokens), 0) as completion_tokens,
        coalesce(sum(cost_usd), 0) as cost_usd
    from {{ ref('fct_inference_requests') }}
    union all
    select
        'agg_model_daily',
        coalesce(sum(requests), 0),
        coalesce(sum(prompt_tokens), 0),
        coalesce(sum(completion_tokens), 0),
        coalesce(sum(cost_usd), 0)
    from {{ ref('agg_model_daily') }}
    union all
    select
        'features_demand_5m',
        coalesce(sum(requests), 0),
        coalesce(sum(prompt_tokens), 0),
        coalesce(sum(completion_tokens), 0),
        null
    from {{ ref('features_demand_5m') }}
)

select *
from (
    select
        min(requests) != max(requests) as requests_differ,
        min(prompt_tokens) != max(prompt_tokens) as prompt_tokens_differ,
        min(completion_tokens) != max(completion_tokens) as completion_tokens_differ,
        min(cost_usd) != max(cost_usd) as cost_differs
    from totals
)
where requests_differ or prompt_tokens_differ or completion_tokens_differ or cost_differs
