with readings as (
    select * from {{ ref('stg_vllm__gpu_readings') }}
    union all
    select * from {{ ref('stg_synthetic__gpu_readings') }}
)

select
    gpu_reading_hk as gpu_reading_key,
    coalesce(node_pool_hk, {{ unknown_key() }}) as node_pool_key,
    {{ date_key('observed_at') }} as date_key,
    gpu_id,
    observed_at,
    gpu_utilization_pct,
    gpu_memory_used_mib,
    gpu_memory_total_mib,
    gpu_temperature_c,
    record_source
from readings
