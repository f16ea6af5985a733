{{ ma_sat(
    src_pk='price_plan_hk',
    src_cdk='token_type',
    src_hashdiff='price_hashdiff',
    src_payload=['usd_per_1k_tokens', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__token_prices',
) }}
