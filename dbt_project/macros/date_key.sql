{#- Day of a timestamp as the integer yyyymmdd, the key of dim_date. -#}
{%- macro date_key(timestamp) -%}
    coalesce(cast(date_format({{ timestamp }}, 'yyyyMMdd') as int), {{ hallmark.unknown_date_key() }})
{%- endmacro -%}
