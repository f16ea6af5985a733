{#- Every row has all parts of the key, and no two rows have the same: one query instead of one a column. -#}
{% test primary_key(model, columns) %}
select {{ hallmark.names(columns) }}, count(*) as found
from {{ model }}
group by {{ hallmark.names(columns) }}
having count(*) > 1 or not ({{ hallmark.all_present(columns) }})
{% endtest %}
