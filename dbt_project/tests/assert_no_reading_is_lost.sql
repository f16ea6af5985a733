{{ config(enabled=own_project()) }}
-- Every GPU reading of silver is in the vault, and every one of the vault in the fact, once, with the same memory in use.
with readings as (
    {%- for feed in ['vllm_gpu_readings', 'gpu_readings'] %}
    select 'silver' as layer, _source as record_source, gpu_memory_used_mib from {{ source('silver', feed) }}
    union all
    {%- endfor %}
    select 'vault' as layer, record_source, gpu_memory_used_mib from {{ ref('nh_link_gpu_reading') }}
    union all
    select 'gold' as layer, record_source, gpu_memory_used_mib from {{ ref('fct_gpu_readings') }}
),

counts as (
    select
        layer,
        record_source,
        count(*) as readings,
        sum(cast(gpu_memory_used_mib as decimal(20, 6))) as memory_used_mib
    from readings
    group by layer, record_source
)

select record_source
from counts
group by record_source
having count(*) != 3
    or min(readings) != max(readings)
    or min(memory_used_mib) != max(memory_used_mib)
