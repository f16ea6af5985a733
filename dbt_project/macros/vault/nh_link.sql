{#- Non-historised link: one row an event, with its payload; an event that happened does not change. -#}
{%- macro nh_link(src_pk, src_fk, src_payload=none, src_eff=none, src_ldts=none, src_source=none, source_model=none,
                  src_extra_columns=none) -%}
{%- do hallmark.require_arguments('nh_link', {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_payload': src_payload, 'src_extra_columns': src_extra_columns,
    'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{{ hallmark.new_keys('nh_link', arguments, src_pk, src_pk, src_ldts, src_source, source_model) }}
{%- endmacro -%}
