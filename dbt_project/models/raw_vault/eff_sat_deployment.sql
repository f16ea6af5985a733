{{ eff_sat(
    src_pk='link_deployment_hk',
    src_dfk='deployment_hk',
    src_sfk=['customer_hk', 'model_hk', 'node_pool_hk'],
    src_start_date='start_date',
    src_end_date='end_date',
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__deployments',
) }}
