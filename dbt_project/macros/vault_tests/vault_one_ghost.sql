{#-
  A satellite has at most one ghost, and exactly one where the variable `enable_ghost_records` is on (or `wanted` says
  so): the row of nobody that a PIT points at where there is nothing to point at.
-#}
{% test vault_one_ghost(model, src_pk, wanted=none) %}
{%- do hallmark.require_arguments('vault_one_ghost', {'src_pk': src_pk}) %}
{%- do hallmark.vault_test_columns('vault_one_ghost', model, {'src_pk': src_pk}) %}
{%- set asked = var('enable_ghost_records', false) if wanted is none else wanted %}
{%- set is_wanted = asked | string | lower == 'true' %}
select count(*) as ghosts
from {{ model }}
where {{ hallmark.vault_is_ghost(hallmark.as_list(src_pk)[0]) }}
having count(*) {{ '!= 1' if is_wanted else '> 1' }}
{% endtest %}
