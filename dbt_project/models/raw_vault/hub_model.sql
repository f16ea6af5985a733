{{ hub(
    src_pk='model_hk',
    src_nk='model_id',
    src_ldts='load_date',
    src_source='record_source',
    source_model=['stg_platform__models', 'stg_platform__deployments', 'stg_platform__price_plans'],
) }}
