{#-
  Record tracking satellite: one row for each load and source in which a key was seen, whether its description changed
  or not. It tells when a source last mentioned a key, which a satellite, that keeps changes only, can't.

  Columns: src_pk, src_extra_columns, src_ldts, src_source.

  src_pk             the key of the hub or link; one column or several. A row without it is not loaded.
  src_extra_columns  any more columns; optional. Rows that differ in them only are both kept.
  src_ldts           when the row was loaded.
  src_source         where the row came from.
  source_model       the staging model, or a list of models whose rows are taken together.

  A load adds the distinct rows whose src_pk, src_ldts and src_source the table does not hold together.
  Rule: Data Vault 2.0 (record tracking satellite); AutomateDV has none.
-#}
{%- macro rts(src_pk, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('rts', varargs, kwargs) -%}
{%- do hallmark.require_arguments('rts', {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{%- do hallmark.require_column_form('rts', arguments) -%}
{%- set seen = hallmark.keys_equal(src_pk, 'known', 'source_rows') ~ ' and '
             ~ hallmark.rows_agree(src_source, 'known', 'source_rows') ~ ' and ' ~ hallmark.same_load(src_ldts) -%}
{{ hallmark.new_rows('rts', arguments, src_pk, src_pk, source_model, seen) }}

{{ hallmark.distinct_rows(arguments.values() | list, 'unknown_rows') }}
{%- endmacro -%}
