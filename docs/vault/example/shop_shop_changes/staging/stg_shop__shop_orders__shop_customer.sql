{#- Written by hallmark vault generate from shop.shop_changes, fingerprint 908ea133ab24c58d: edit it, and it is yours. -#}
{{ config(materialized='ephemeral') }}
select
    shop_customer_hk as shop_customer_hk,
    customer_id as id,
    load_date,
    record_source
from {{ ref('stg_shop__shop_orders') }}
