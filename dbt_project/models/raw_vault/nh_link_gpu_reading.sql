{{ nh_link(
    src_pk='gpu_reading_hk',
    src_fk=['node_pool_hk'],
    src_payload=[
        'gpu_id', 'gpu_utilization_pct', 'gpu_memory_used_mib', 'gpu_memory_total_mib', 'gpu_temperature_c',
    ],
    src_eff='observed_at',
    src_ldts='load_date',
    src_source='record_source',
    source_model=['stg_vllm__gpu_readings', 'stg_synthetic__gpu_readings'],
) }}
