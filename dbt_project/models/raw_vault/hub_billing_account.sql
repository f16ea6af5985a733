{{ hub(
    src_pk='billing_account_hk',
    src_nk='billing_account_id',
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_focus__charges',
) }}
