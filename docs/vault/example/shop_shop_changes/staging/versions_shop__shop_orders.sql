{#- Written by hallmark vault generate from shop.shop_changes, fingerprint a97cfae1792fb79d: edit it, and it is yours. -#}
{{ config(materialized='ephemeral') }}
{{ hallmark.change_versions(source('silver_shop_shop_changes', 'shop_orders_history'), 'id') }}
