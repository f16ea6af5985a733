{{ hub(
    src_pk='price_plan_hk',
    src_nk='price_plan_id',
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__price_plans',
) }}
