{#-
  Reference table: codes and what they mean, under their own keys, not under hashes.

  Columns: src_pk, src_extra_columns, src_ldts, src_source, those that are given.

  src_pk             the code; one column or several. A row without it is not loaded.
  src_extra_columns  what is said of the code; optional.
  src_ldts           when the row was loaded; optional.
  src_source         where the row came from; optional.
  source_model       the staging model or seed, or a list of them.

  A load adds the distinct rows whose code the table does not hold. A code that it holds is not touched again: a table
  that shall follow its source is materialised as `table` or `view`, or has a satellite (a historised reference table).

  Rule: AutomateDV's documentation of `ref_table` and its tutorial of reference tables.
-#}
{%- macro ref_table(src_pk, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('ref_table', varargs, kwargs) -%}
{%- do hallmark.require_arguments('ref_table', {'src_pk': src_pk, 'source_model': source_model}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{{ hallmark.new_rows('ref_table', arguments, src_pk, src_pk, source_model) }}

{{ hallmark.distinct_rows(arguments.values() | list, 'unknown_rows') }}
{%- endmacro -%}
