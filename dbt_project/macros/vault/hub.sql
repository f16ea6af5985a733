{#- Hub: one row a business key, from the first source and load that mentioned it. -#}
{%- macro hub(src_pk, src_nk, src_ldts, src_source, source_model, src_extra_columns=none) -%}
{%- set columns = hallmark.as_list([src_pk, src_nk, src_extra_columns, src_ldts, src_source]) -%}
{{ hallmark.new_keys(columns, src_pk, src_pk, src_ldts, src_source, source_model) }}
{%- endmacro -%}
