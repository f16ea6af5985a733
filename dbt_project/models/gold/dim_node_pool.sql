with node_pools as (
    select * from {{ ref('hub_node_pool') }}
),

versions as (
    {{ current_versions('sat_node_pool', 'node_pool_hk') }}
)

select
    node_pools.node_pool_hk as node_pool_key,
    node_pools.node_pool_id,
    versions.node_pool_name,
    versions.region,
    versions.gpu_model,
    gpu_models.gpu_memory_gb,
    gpu_models.board_power_w,
    versions.gpus_per_instance,
    versions.instances,
    versions.min_instances,
    versions.max_instances,
    versions.usd_per_instance_hour,
    coalesce(versions.is_deleted, false) as is_deleted,
    coalesce(versions.first_effective_from, node_pools.load_date) as first_seen_at,
    coalesce(versions.effective_from, node_pools.load_date) as updated_at,
    coalesce(versions.record_source, node_pools.record_source) as record_source
from node_pools
left join versions on node_pools.node_pool_hk = versions.node_pool_hk
left join {{ ref('ref_gpu_model') }} as gpu_models on versions.gpu_model = gpu_models.gpu_model

union all

select
    {{ unknown_key() }}, 'unknown', 'unknown', null, null, null, null, null, null, null, null, null,
    false, {{ unknown_since() }}, {{ unknown_since() }}, 'hallmark'
