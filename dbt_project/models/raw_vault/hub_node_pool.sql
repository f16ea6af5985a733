{{ hub(
    src_pk='node_pool_hk',
    src_nk='node_pool_id',
    src_ldts='load_date',
    src_source='record_source',
    source_model=[
        'stg_platform__node_pools',
        'stg_platform__deployments',
        'stg_vllm__gpu_readings',
        'stg_synthetic__gpu_readings',
    ],
) }}
