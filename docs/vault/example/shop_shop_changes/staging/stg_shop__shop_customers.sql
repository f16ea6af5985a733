{#- Written by hallmark vault generate from shop.shop_changes, fingerprint f2494205923748e5: edit it, and it is yours. -#}
{{ config(materialized='ephemeral') }}
{%- set derived_columns = {
    'load_date': '_ingested_at',
    'record_source': '_source',
    'source_lsn': '_lsn',
    'source_position': '_position',
} -%}
{%- set hashed_columns = {
    'shop_customer_hk': 'id',
    'shop_customer_hashdiff': {
        'is_hashdiff': true,
        'columns': ['tier', 'is_deleted'],
    },
    'shop_customer_personal_hashdiff': {
        'is_hashdiff': true,
        'columns': ['name', 'email', 'is_deleted'],
    },
} -%}
{{ hallmark.stage(
    include_source_columns=true,
    source_model='versions_shop__shop_customers',
    derived_columns=derived_columns,
    hashed_columns=hashed_columns,
) }}
