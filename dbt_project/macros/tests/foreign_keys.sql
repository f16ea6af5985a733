{#-
  Every value of the columns is a key of the table it points to, or null: `relationships` for several columns in one
  query. `keys` is a list of {column, to, field}; a key of several columns has lists of equal length in both.
-#}
{% test foreign_keys(model, keys) %}
{%- for key in keys %}
{%- set columns, fields = hallmark.as_list(key.column), hallmark.as_list(key.field) %}
{%- if columns | length != fields | length %}
    {%- do hallmark.refuse('foreign_keys(keys)', columns | join(', ') ~ ' for ' ~ (fields | join(', ')),
                           'as many columns as fields') %}
{%- endif %}
select
    '{{ columns | join(', ') }}' as column_name,
    concat_ws(', '{% for column in columns %}, cast({{ hallmark.quoted(column, 'child') }} as string){% endfor %})
        as orphan
from (
    select distinct {{ hallmark.names(columns) }} from {{ model }} where {{ hallmark.all_present(columns) }}
) as child
left anti join {{ key.to }} as parent
    on {% for column, field in zip(columns, fields) -%}
    {{ hallmark.quoted(column, 'child') }} = {{ hallmark.quoted(field, 'parent') }}
    {%- if not loop.last %} and {% endif -%}
    {%- endfor %}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{% endtest %}
