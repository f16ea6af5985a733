{#-
  Every value of the columns is a key of the table it points to, or null: `relationships` for several columns in one
  query. `keys` is a list of {column, to, field}.
-#}
{% test foreign_keys(model, keys) %}
{%- for key in keys %}
select '{{ key.column }}' as column_name, cast(child.{{ key.column }} as string) as orphan
from (select distinct {{ key.column }} from {{ model }} where {{ key.column }} is not null) as child
left anti join {{ key.to }} as parent on child.{{ key.column }} = parent.{{ key.field }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{% endtest %}
