{{ config(enabled=own_project()) }}
-- Every GPU reading of silver is in the vault, and every one of the vault in the fact, once, with the same memory in use.
{{ rows_lost(
    feeds=['vllm_gpu_readings', 'gpu_readings'],
    vault='nh_link_gpu_reading',
    fact='fct_gpu_readings',
    measure='cast(gpu_memory_used_mib as decimal(20, 6))',
) }}
