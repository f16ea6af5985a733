{#- Link: one row a relationship between business keys, when it was first seen. -#}
{%- macro link(src_pk, src_fk, src_ldts, src_source, source_model, src_extra_columns=none) -%}
{%- do hallmark.require_arguments('link', {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{{ hallmark.new_keys('link', arguments, src_pk, [src_pk, src_fk], src_ldts, src_source, source_model) }}
{%- endmacro -%}
