{{ sat(
    src_pk='node_pool_hk',
    src_hashdiff='node_pool_hashdiff',
    src_payload=[
        'node_pool_name', 'region', 'gpu_model', 'gpus_per_instance', 'instances', 'min_instances', 'max_instances',
        'usd_per_instance_hour', 'is_deleted',
    ],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__node_pools',
) }}
