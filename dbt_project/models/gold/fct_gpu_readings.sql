select
    gpu_reading_hk as gpu_reading_key,
    node_pool_hk as node_pool_key,
    {{ date_key('observed_at') }} as date_key,
    gpu_id,
    observed_at,
    gpu_utilization_pct,
    gpu_memory_used_mib,
    gpu_memory_total_mib,
    gpu_temperature_c,
    record_source
from {{ ref('nh_link_gpu_reading') }}
