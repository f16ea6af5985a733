{#- A folder's schema is used as it is written: silver is silver, not silver_silver. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro -%}
