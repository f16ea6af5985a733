{#-
  Every key of a link or satellite is one of its hub (or link): `foreign_keys` that knows ghosts, which have no hub.
  `keys` is a list of {column, to, field}, such as {column: CUSTOMER_HK, to: "ref('hub_customer')", field: CUSTOMER_HK}.
-#}
{% test vault_no_orphans(model, keys) %}
{%- do hallmark.require_arguments('vault_no_orphans', {'keys': keys}) %}
{%- for key in keys %}
    {%- do hallmark.vault_test_columns('vault_no_orphans', model, {'keys': key.column}) %}
    {%- set ghost = hallmark.vault_is_ghost(hallmark.as_list(key.column)[0]) %}
    {{- hallmark.test_foreign_keys('(select * from ' ~ model ~ ' where not ' ~ ghost ~ ')', [key]) }}
    {%- if not loop.last %}
union all
    {%- endif %}
{%- endfor %}
{% endtest %}
