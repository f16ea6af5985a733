{#-
  Hub: one row a business key, as it was first seen.

  Columns: src_pk, src_nk, src_extra_columns, src_ldts, src_source, each under its own name (or its alias) and type.

  src_pk             the hash of the business key; one column or several. A row without it is not loaded.
  src_nk             the business key itself; one column or several.
  src_extra_columns  any more columns of the row that is loaded; optional.
  src_ldts           when the row was loaded; the earliest row of a key is taken, also across sources.
  src_source         where the row came from; between two rows of one instant the first in the alphabet is taken.
  source_model       the staging model, or a list of models whose rows are taken together.

  A key that the table holds is never touched again. Rule: AutomateDV's documentation of `hub` and "Loading".
-#}
{%- macro hub(src_pk, src_nk, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('hub', varargs, kwargs) -%}
{%- do hallmark.require_arguments('hub', {
    'src_pk': src_pk, 'src_nk': src_nk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_nk': src_nk, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{{ hallmark.new_keys('hub', arguments, src_pk, src_pk, src_ldts, src_source, source_model, ties=src_nk) }}
{%- endmacro -%}
