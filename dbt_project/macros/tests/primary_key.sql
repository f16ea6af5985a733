{#- Every row has all parts of the key, and no two rows have the same: one query instead of one a column. -#}
{% test primary_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
    {%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
