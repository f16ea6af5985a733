{#- Written by hallmark vault generate from shop.shop_changes, fingerprint 7c853924b2e9e365: edit it, and it is yours. -#}
{{ config(materialized='incremental', incremental_strategy='append', file_format='delta', on_schema_change='fail') }}
{{ hallmark.hub(
    src_pk='shop_order_hk',
    src_nk=['id'],
    src_ldts='load_date',
    src_source='record_source',
    source_model=['stg_shop__shop_orders'],
) }}
