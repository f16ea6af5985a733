with deployments as (
    select * from {{ ref('hub_deployment') }}
),

versions as (
    {{ current_versions('sat_deployment', 'deployment_hk') }}
)

select
    deployments.deployment_hk as deployment_key,
    deployments.deployment_id,
    coalesce({{ hash_key('versions.customer_id') }}, {{ unknown_key() }}) as customer_key,
    coalesce({{ hash_key('versions.model_id') }}, {{ unknown_key() }}) as model_key,
    coalesce({{ hash_key('versions.node_pool_id') }}, {{ unknown_key() }}) as node_pool_key,
    versions.status,
    coalesce(versions.is_deleted, false) as is_deleted,
    coalesce(versions.first_effective_from, deployments.load_date) as first_seen_at,
    coalesce(versions.effective_from, deployments.load_date) as updated_at,
    coalesce(versions.record_source, deployments.record_source) as record_source
from deployments
left join versions on deployments.deployment_hk = versions.deployment_hk

union all

select
    {{ unknown_key() }}, 'unknown', {{ unknown_key() }}, {{ unknown_key() }}, {{ unknown_key() }}, null,
    false, {{ unknown_since() }}, {{ unknown_since() }}, 'hallmark'
