with requests as (
    select * from {{ ref('nh_link_request') }}
),

deployment_periods as (
    select * from {{ ref('bv_deployment_periods') }}
),

price_periods as (
    select * from {{ ref('bv_model_price_periods') }}
),

-- who and what was behind the deployment when the request came, and which price held then
priced as (
    select
        requests.*,
        deployment_periods.customer_hk,
        deployment_periods.model_hk,
        deployment_periods.node_pool_hk,
        price_periods.price_plan_id,
        price_periods.usd_per_1k_prompt_tokens,
        price_periods.usd_per_1k_completion_tokens
    from requests
    left join deployment_periods
        on requests.deployment_hk = deployment_periods.deployment_hk
            and requests.requested_at >= deployment_periods.valid_from
            and (deployment_periods.valid_to is null or requests.requested_at < deployment_periods.valid_to)
    left join price_periods
        on deployment_periods.model_hk = price_periods.model_hk
            and requests.requested_at >= price_periods.valid_from
            and (price_periods.valid_to is null or requests.requested_at < price_periods.valid_to)
)

select
    request_hk as request_key,
    request_id,
    coalesce(deployment_hk, {{ unknown_key() }}) as deployment_key,
    coalesce(model_hk, {{ unknown_key() }}) as model_key,
    coalesce(customer_hk, {{ unknown_key() }}) as customer_key,
    coalesce(node_pool_hk, {{ unknown_key() }}) as node_pool_key,
    {{ date_key('requested_at') }} as date_key,
    requested_at,
    status,
    prompt_tokens,
    completion_tokens,
    latency_ms,
    time_to_first_token_ms,
    price_plan_id,
    cast(
        (
            coalesce(prompt_tokens, 0) * usd_per_1k_prompt_tokens
            + coalesce(completion_tokens, 0) * usd_per_1k_completion_tokens
        ) / 1000 as decimal(38, 8)
    ) as cost_usd,
    price_plan_id is not null and prompt_tokens is not null and completion_tokens is not null as is_cost_complete,
    record_source
from priced
