{#- Written by hallmark vault generate from shop.shop_changes, fingerprint 1186e4960587fb74: edit it, and it is yours. -#}
{{ config(materialized='ephemeral') }}
{%- set derived_columns = {
    'load_date': '_ingested_at',
    'record_source': '_source',
    'source_lsn': '_lsn',
    'source_position': '_position',
} -%}
{%- set hashed_columns = {
    'shop_order_hk': 'id',
    'shop_customer_hk': 'customer_id',
    'link_shop_order_shop_customer_hk': ['id', 'customer_id'],
    'shop_order_hashdiff': {
        'is_hashdiff': true,
        'columns': ['customer_id', 'amount', 'note', 'placed_at', 'is_deleted'],
    },
} -%}
{{ hallmark.stage(
    include_source_columns=true,
    source_model='versions_shop__shop_orders',
    derived_columns=derived_columns,
    hashed_columns=hashed_columns,
) }}
