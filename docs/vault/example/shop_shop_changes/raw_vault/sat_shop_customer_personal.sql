{#- Written by hallmark vault generate from shop.shop_changes, fingerprint ae16a31a5ae62fec: edit it, and it is yours. -#}
{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', on_schema_change='fail') }}
{{ hallmark.sat(
    src_pk='shop_customer_hk',
    src_hashdiff='shop_customer_personal_hashdiff',
    src_payload=['name', 'email', 'is_deleted'],
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_shop__shop_customers',
) }}
