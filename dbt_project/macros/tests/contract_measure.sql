{#-
  A number about a whole table is as its data contract wants it: `measured` is a query of one value in which `{object}`
  stands for the table, `wanted` what follows the value in a condition, such as `between 1 and 5`. No value is no good
  value.
-#}
{% test contract_measure(model, measured, wanted, column_name=none) %}
select measured
from (select ({{ measured | replace('{object}', model | string) }}) as measured)
where not coalesce(measured {{ wanted }}, false)
{% endtest %}
