with requests as (
    select * from {{ ref('fct_inference_requests') }}
),

models as (
    select * from {{ ref('dim_model') }}
),

daily as (
    select
        model_key,
        to_date(requested_at) as usage_date,
        count(*) as requests,
        coalesce(sum(prompt_tokens), 0) as prompt_tokens,
        coalesce(sum(completion_tokens), 0) as completion_tokens,
        count_if(completion_tokens is null) as requests_without_completion_tokens,
        count_if(price_plan_id is null) as requests_without_price,
        cast(sum(cost_usd) as decimal(38, 8)) as cost_usd,
        percentile(latency_ms, 0.95) as latency_p95_ms,
        concat_ws(', ', sort_array(collect_set(record_source))) as record_sources
    from requests
    group by model_key, to_date(requested_at)
)

select
    daily.model_key,
    models.model_id,
    models.model_name,
    daily.usage_date,
    daily.requests,
    daily.prompt_tokens,
    daily.completion_tokens,
    daily.requests_without_completion_tokens,
    daily.requests_without_price,
    daily.cost_usd,
    daily.latency_p95_ms,
    daily.record_sources
from daily
inner join models on daily.model_key = models.model_key
