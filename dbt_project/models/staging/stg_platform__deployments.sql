with versions as (
    {{ change_versions(source('silver', 'deployments_history'), 'deployment_id') }}
)

select
    ---------- keys
    {{ hash_key(['deployment_id', 'customer_id', 'model_id', 'node_pool_id']) }} as link_deployment_hk,
    {{ hash_key('deployment_id') }} as deployment_hk,
    {{ hash_key('customer_id') }} as customer_hk,
    {{ hash_key('model_id') }} as model_hk,
    {{ hash_key('node_pool_id') }} as node_pool_hk,
    {{ hash_diff(['customer_id', 'model_id', 'node_pool_id', 'status', 'is_deleted']) }} as deployment_hashdiff,
    {{ hash_diff(['customer_id', 'model_id', 'node_pool_id', 'is_deleted']) }} as effectivity_hashdiff,
    'sat_deployment' as description_satellite,
    'eff_sat_deployment' as effectivity_satellite,
    deployment_id,
    customer_id,
    model_id,
    node_pool_id,

    ---------- description
    status,
    is_deleted,

    ---------- effectivity
    effective_from as start_date,
    if(is_deleted, effective_from, {{ open_end() }}) as end_date,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
