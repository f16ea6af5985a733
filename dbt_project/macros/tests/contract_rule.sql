{#-
  No row breaks a rule of its data contract: `broken` is the SQL condition of one that does. `hallmark contract compile`
  writes such tests for what dbt's own tests can't say.
-#}
{% test contract_rule(model, broken, column_name=none) %}
select *
from {{ model }}
where {{ broken }}
{% endtest %}
