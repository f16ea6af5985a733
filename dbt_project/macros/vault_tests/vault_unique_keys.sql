{#-
  A hub or link has each key once and never without one; and, where they are named, one key for each business key
  (`src_nk` of a hub) or for each set of hubs (`src_fk` of a link without a key of its own).
-#}
{% test vault_unique_keys(model, src_pk, src_nk=none, src_fk=none) %}
{%- do hallmark.require_arguments('vault_unique_keys', {'src_pk': src_pk}) %}
{%- do hallmark.vault_test_columns('vault_unique_keys', model, {'src_pk': src_pk, 'src_nk': src_nk, 'src_fk': src_fk}) %}
select 'a key more than once, or null' as broken, {{ hallmark.vault_shown(src_pk) }} as value, found
from ({{ hallmark.test_primary_key(model, hallmark.as_list(src_pk)) }})
{%- for columns in [src_nk, src_fk] if columns %}
union all
select
    {{ hallmark.sql_text('several keys for one ' ~ (hallmark.as_list(columns) | join(', '))) }} as broken,
    {{ hallmark.vault_shown(columns) }} as value,
    count(distinct {{ hallmark.names(src_pk) }}) as found
from {{ model }}
where {{ hallmark.all_present(columns) }}
group by {{ hallmark.names(columns) }}
having count(distinct {{ hallmark.names(src_pk) }}) > 1
{%- endfor %}
{% endtest %}
