{#- Written by hallmark vault generate from shop.shop_changes, fingerprint 6a7d5324901ddba3: edit it, and it is yours. -#}
{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', on_schema_change='fail') }}
{{ hallmark.hub(
    src_pk='shop_customer_hk',
    src_nk=['id'],
    src_ldts='load_date',
    src_source='record_source',
    source_model=['stg_shop__shop_customers', 'stg_shop__shop_orders__shop_customer'],
) }}
