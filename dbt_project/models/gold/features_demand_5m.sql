-- The row of a window holds what came in it (the value to forecast) and features that were known when it began: they
-- read windows strictly before window_start only, so that a model trained on them never looks into the future.
{%- set previous_hour = 'over (partition by deployment_key order by window_start rows between 12 preceding and 1 preceding)' %}
{%- set in_order = 'over (partition by deployment_key order by window_start)' %}
with requests as (
    select
        deployment_key,
        prompt_tokens,
        completion_tokens,
        window(requested_at, '5 minutes').start as window_start
    from {{ ref('fct_inference_requests') }}
),

demand as (
    select
        deployment_key,
        window_start,
        count(*) as requests,
        coalesce(sum(prompt_tokens), 0) as prompt_tokens,
        coalesce(sum(completion_tokens), 0) as completion_tokens
    from requests
    group by deployment_key, window_start
),

-- a window without requests is a zero, not a gap: otherwise "12 rows ago" would not be an hour ago
windows as (
    select
        deployment_key,
        explode(sequence(min(window_start), max(window_start), interval 5 minutes)) as window_start
    from demand
    group by deployment_key
),

series as (
    select
        windows.deployment_key,
        windows.window_start,
        coalesce(demand.requests, 0) as requests,
        coalesce(demand.prompt_tokens, 0) as prompt_tokens,
        coalesce(demand.completion_tokens, 0) as completion_tokens
    from windows
    left join demand
        on windows.deployment_key = demand.deployment_key and windows.window_start = demand.window_start
)

select
    series.deployment_key,
    deployments.deployment_id,
    series.window_start,
    series.window_start + interval 5 minutes as window_end,
    series.requests,
    series.prompt_tokens,
    series.completion_tokens,
    series.requests_lag_1,
    series.requests_lag_12,
    series.requests_mean_1h,
    series.requests_max_1h,
    series.prompt_tokens_mean_1h,
    series.hour_of_day,
    series.day_of_week
from (
    select
        *,
        lag(requests, 1) {{ in_order }} as requests_lag_1,
        lag(requests, 12) {{ in_order }} as requests_lag_12,
        avg(requests) {{ previous_hour }} as requests_mean_1h,
        max(requests) {{ previous_hour }} as requests_max_1h,
        avg(prompt_tokens) {{ previous_hour }} as prompt_tokens_mean_1h,
        hour(window_start) as hour_of_day,
        weekday(window_start) + 1 as day_of_week
    from series
) as series
inner join {{ ref('dim_deployment') }} as deployments on series.deployment_key = deployments.deployment_key
