{{ link(
    src_pk='link_deployment_hk',
    src_fk=['deployment_hk', 'customer_hk', 'model_hk', 'node_pool_hk'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__deployments',
) }}
