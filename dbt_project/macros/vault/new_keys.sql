{#-
  What hubs and links have in common: the first row of every key that the table does not hold yet.

  `arguments` names the columns of the table, in their order, for the letters about them. `source_model` is one model or
  several; rows without one of the `required` columns are not loaded. Of the rows of a key the one with the earliest
  load date is taken, then the one whose record source comes first in the alphabet, then the one of the source model
  that was named first; `ties` are the columns that decide after those, so that a load gives the same rows each time.
-#}
{%- macro new_keys(macro_name, arguments, src_pk, required, src_ldts, src_source, source_model, ties=none) -%}
{%- do hallmark.require_column_form(macro_name, arguments) -%}
{%- set columns = arguments.values() | list -%}
{%- set order = hallmark.names([src_ldts, src_source]) ~ ', _hallmark_source' -%}
{%- if ties -%}{%- set order = order ~ ', ' ~ hallmark.names(ties) -%}{%- endif -%}
{{ hallmark.new_rows(macro_name, arguments, required, src_pk, source_model) }},

ranked_rows as (
    select
        *,
        row_number() over (partition by {{ hallmark.names(src_pk) }} order by {{ order }}) as _hallmark_rank
    from unknown_rows
)

select {{ hallmark.names(columns) }}
from ranked_rows
where _hallmark_rank = 1
{%- endmacro -%}
