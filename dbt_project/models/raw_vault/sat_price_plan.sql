{{ sat(
    src_pk='price_plan_hk',
    src_hashdiff='price_plan_hashdiff',
    src_payload=['model_id', 'usd_per_1k_prompt_tokens', 'usd_per_1k_completion_tokens', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__price_plans',
) }}
