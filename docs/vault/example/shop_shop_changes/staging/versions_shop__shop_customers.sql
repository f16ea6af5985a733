{#- Written by hallmark vault generate from shop.shop_changes, fingerprint 50c9f522e40470d6: edit it, and it is yours. -#}
{{ config(materialized='ephemeral') }}
{{ hallmark.change_versions(source('silver_shop_shop_changes', 'shop_customers_history'), 'id') }}
