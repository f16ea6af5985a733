{{ sat(
    src_pk='model_hk',
    src_hashdiff='model_hashdiff',
    src_payload=['model_name', 'model_family', 'parameters_billion', 'context_window_tokens', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__models',
) }}
