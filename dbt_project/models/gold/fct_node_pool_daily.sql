-- Capacity and its use by node pool and day: what the pool was at the end of the day, and what came to it in the day.
with pools as (
    select
        pit.node_pool_hk,
        pit.AS_OF_DATE as as_of,
        to_date(pit.AS_OF_DATE) as calendar_date,
        versions.instances,
        versions.gpus_per_instance,
        versions.usd_per_instance_hour,
        versions.record_source
    from {{ ref('pit_node_pool') }} as pit
    inner join {{ ref('bv_node_pool_versions') }} as versions
        on pit.sat_node_pool_pk = versions.node_pool_hk
            and pit.sat_node_pool_effective_from = versions.effective_from
    where not versions.is_deleted
),

deployments as (
    select
        links.node_pool_hk,
        bridge.AS_OF_DATE as as_of,
        count(distinct bridge.deployment_hk) as deployments
    from {{ ref('bridge_deployment_node_pool') }} as bridge
    inner join {{ ref('link_deployment') }} as links on bridge.link_deployment_hk = links.link_deployment_hk
    group by links.node_pool_hk, bridge.AS_OF_DATE
),

requests as (
    select
        node_pool_key,
        to_date(requested_at) as calendar_date,
        count(*) as requests,
        coalesce(sum(prompt_tokens), 0) as prompt_tokens,
        coalesce(sum(completion_tokens), 0) as completion_tokens
    from {{ ref('fct_inference_requests') }}
    group by node_pool_key, to_date(requested_at)
),

readings as (
    select
        node_pool_key,
        to_date(observed_at) as calendar_date,
        count(*) as gpu_readings,
        -- of decimals: a mean of doubles depends on which row comes first
        cast(avg(cast(gpu_utilization_pct as decimal(9, 6))) as double) as gpu_utilization_mean_pct
    from {{ ref('fct_gpu_readings') }}
    group by node_pool_key, to_date(observed_at)
)

select
    pools.node_pool_hk as node_pool_key,
    {{ date_key('pools.as_of') }} as date_key,
    pools.calendar_date,
    pools.instances,
    pools.instances * pools.gpus_per_instance as gpus,
    pools.usd_per_instance_hour,
    cast(24 * pools.instances * pools.usd_per_instance_hour as decimal(38, 6)) as capacity_usd,
    coalesce(deployments.deployments, 0) as deployments,
    coalesce(requests.requests, 0) as requests,
    coalesce(requests.prompt_tokens, 0) as prompt_tokens,
    coalesce(requests.completion_tokens, 0) as completion_tokens,
    coalesce(readings.gpu_readings, 0) as gpu_readings,
    readings.gpu_utilization_mean_pct,
    pools.record_source
from pools
left join deployments on pools.node_pool_hk = deployments.node_pool_hk and pools.as_of = deployments.as_of
left join requests
    on pools.node_pool_hk = requests.node_pool_key and pools.calendar_date = requests.calendar_date
left join readings
    on pools.node_pool_hk = readings.node_pool_key and pools.calendar_date = readings.calendar_date
