{{ hub(
    src_pk='deployment_hk',
    src_nk='deployment_id',
    src_ldts='load_date',
    src_source='record_source',
    source_model=[
        'stg_platform__deployments',
        'stg_azure__requests',
        'stg_vllm__requests',
        'stg_gateway__requests',
    ],
) }}
