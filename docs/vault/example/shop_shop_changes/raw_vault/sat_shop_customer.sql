{#- Written by hallmark vault generate from shop.shop_changes, fingerprint dc07323d3e9f20da: edit it, and it is yours. -#}
{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', on_schema_change='fail') }}
{{ hallmark.sat(
    src_pk='shop_customer_hk',
    src_hashdiff='shop_customer_hashdiff',
    src_payload=['tier', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_shop__shop_customers',
) }}
