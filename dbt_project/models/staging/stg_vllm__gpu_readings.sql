with source as (
    select * from {{ source('silver', 'vllm_gpu_readings') }}
)

select
    ---------- keys
    {{ hash_key(["'vllm'", 'run_scale', 'monitor_id']) }} as gpu_reading_hk,
    {{ hash_key('node_pool_id') }} as node_pool_hk,
    node_pool_id,
    gpu_id,

    ---------- numbers
    gpu_utilization_pct,
    gpu_memory_used_mib,
    gpu_memory_total_mib,
    gpu_temperature_c,

    ---------- times and origin
    observed_at,
    _ingested_at as load_date,
    _source as record_source
from source
