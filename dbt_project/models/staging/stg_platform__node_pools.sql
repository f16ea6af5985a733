with versions as (
    {{ change_versions(source('silver', 'node_pools_history'), 'node_pool_id') }}
)

select
    ---------- keys
    {{ hash_key('node_pool_id') }} as node_pool_hk,
    {{ hash_diff([
        'node_pool_name', 'region', 'gpu_model', 'gpus_per_instance', 'instances', 'min_instances', 'max_instances',
        'usd_per_instance_hour', 'is_deleted',
    ]) }} as node_pool_hashdiff,
    node_pool_id,

    ---------- description
    node_pool_name,
    region,
    gpu_model,
    gpus_per_instance,
    instances,
    min_instances,
    max_instances,
    usd_per_instance_hour,
    is_deleted,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
