{#- Hub: one row a business key, from the first source and load that mentioned it. -#}
{%- macro hub(src_pk, src_nk, src_ldts, src_source, source_model, src_extra_columns=none) -%}
{%- do hallmark.require_arguments('hub', {
    'src_pk': src_pk, 'src_nk': src_nk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_nk': src_nk, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{{ hallmark.new_keys('hub', arguments, src_pk, src_pk, src_ldts, src_source, source_model) }}
{%- endmacro -%}
