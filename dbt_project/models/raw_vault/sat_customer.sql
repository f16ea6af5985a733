{{ sat(
    src_pk='customer_hk',
    src_hashdiff='customer_hashdiff',
    src_payload=['customer_name', 'segment', 'country', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__customers',
) }}
