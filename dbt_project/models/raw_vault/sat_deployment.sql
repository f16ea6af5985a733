{{ sat(
    src_pk='deployment_hk',
    src_hashdiff='deployment_hashdiff',
    src_payload=['customer_id', 'model_id', 'node_pool_id', 'status', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__deployments',
) }}
