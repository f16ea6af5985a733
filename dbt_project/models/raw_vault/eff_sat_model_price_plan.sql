{{ eff_sat(
    src_pk='link_model_price_plan_hk',
    src_dfk='price_plan_hk',
    src_sfk='model_hk',
    src_start_date='start_date',
    src_end_date='end_date',
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__price_plans',
) }}
