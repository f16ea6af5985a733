{{ link(
    src_pk='link_model_price_plan_hk',
    src_fk=['model_hk', 'price_plan_hk'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__price_plans',
) }}
