{#- Link: one row a relationship between business keys, when it was first seen. -#}
{%- macro link(src_pk, src_fk, src_ldts, src_source, source_model, src_extra_columns=none) -%}
{%- set columns = hallmark.as_list([src_pk, src_fk, src_extra_columns, src_ldts, src_source]) -%}
{{ hallmark.new_keys(columns, src_pk, [src_pk, src_fk], src_ldts, src_source, source_model) }}
{%- endmacro -%}
