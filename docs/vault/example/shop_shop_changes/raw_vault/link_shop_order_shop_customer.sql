{#- Written by hallmark vault generate from shop.shop_changes, fingerprint f515a7f70b3608db: edit it, and it is yours. -#}
{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', on_schema_change='fail') }}
{{ hallmark.link(
    src_pk='link_shop_order_shop_customer_hk',
    src_fk=['shop_order_hk', 'shop_customer_hk'],
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_shop__shop_orders',
) }}
