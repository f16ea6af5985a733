{#- Non-historised link: one row an event, with its payload; an event that happened does not change. -#}
{%- macro nh_link(src_pk, src_fk, src_payload, src_eff, src_ldts, src_source, source_model, src_extra_columns=none) -%}
{%- set columns = hallmark.as_list([src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source]) -%}
{{ hallmark.new_keys(columns, src_pk, src_pk, src_ldts, src_source, source_model) }}
{%- endmacro -%}
