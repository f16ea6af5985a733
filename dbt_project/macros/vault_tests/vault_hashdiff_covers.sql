{#-
  A satellite's hashdiff says what its payload says: hashed anew from the payload it is the one that was stored (one row
  a row that differs), and every column is payload or named as something else (one row a column that is in no hash).

  Arguments are those of `sat`. A payload column with an alias is hashed in the place of its first name, as it was in
  staging. `hashed_columns` names the columns where they are not the payload. A ghost's hashdiff is no hash.
-#}
{% test vault_hashdiff_covers(model, src_pk, src_hashdiff, src_payload, src_ldts, src_source, src_eff=none,
                              src_extra_columns=none, hashed_columns=none) %}
{%- do hallmark.require_arguments('vault_hashdiff_covers', {
    'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload, 'src_ldts': src_ldts,
    'src_source': src_source,
}) %}
{%- set apart = hallmark.as_list([src_pk, src_hashdiff, src_eff, src_extra_columns, src_ldts, src_source]) %}
{%- set columns = [] if model is string else hallmark.columns_of(model) %}
{%- set payload = src_payload %}
{%- if src_payload is mapping and src_payload.get('exclude_columns') %}
    {%- set payload = hallmark.without(columns, apart + hallmark.as_list(src_payload.get('columns'))) %}
{%- endif %}
{%- set pairs = hallmark.column_pairs(hashed_columns or payload) %}
{%- set stored = pairs | map(attribute='name') | list %}
{%- do hallmark.vault_test_columns('vault_hashdiff_covers', model, {
    'src_pk': hallmark.as_list(src_pk), 'src_hashdiff': hallmark.as_list(src_hashdiff), 'src_payload': stored}) %}
{%- set key = hallmark.as_list(src_pk) %}
{%- set hashdiff = hallmark.quoted(hallmark.as_list(src_hashdiff)[0]) %}
select
    'the hashdiff is not that of the payload' as broken,
    {{ hallmark.vault_shown(key) }} as value
from {{ model }}
where not {{ hashdiff }} <=> {{ hallmark.vault_hashdiff_of(pairs) }}
    and not {{ hallmark.vault_is_ghost(key[0]) }}
{%- for column in hallmark.without(columns, apart + stored) %}
union all
select 'a column is not in the hashdiff' as broken, {{ hallmark.sql_text(column) }} as value
{%- endfor %}
{% endtest %}

{#- The hashdiff of a table's columns (`{source, name}`), hashed in the order of their names in staging. -#}
{%- macro vault_hashdiff_of(pairs) -%}
    {%- if not execute -%}{%- do return("''") -%}{%- endif -%}
    {%- set terms = [] -%}
    {%- for pair in pairs | sort(attribute='source') -%}{%- do terms.append(hallmark.quoted(pair.name)) -%}{%- endfor -%}
    {%- do return(hallmark.hash_of_terms(terms, is_hashdiff=true)) -%}
{%- endmacro -%}
