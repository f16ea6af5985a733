{#-
  Transactional link, also called non-historised link: one row an event between business keys, with its payload.

  Columns: src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source.

  src_pk             the hash of the event's keys; one column or several.
  src_fk             the keys of the hubs. A row without its src_pk or without any one of them is not loaded.
  src_payload        what is known of the event; optional, it may sit in satellites instead.
  src_extra_columns  any more columns; optional.
  src_eff            when the event happened; optional.
  src_ldts           when the row was loaded.
  src_source         where the row came from.
  source_model       the staging model. `nh_link` takes a list, too.

  A load adds the distinct rows whose key the table does not hold: of rows that agree in every column one is kept, rows
  of one key that differ are all kept, and a key that the table holds is never touched again. So a rebuild from all
  loads keeps rows that a load after the other did not take, when a key comes again with other content; events don't
  change. Of a key in several source models only the rows of the one that had it first (by src_ldts, src_source) count.

  Rule: AutomateDV's documentation of `t_link` and "NULL handling"; several sources are our own.
-#}
{%- macro t_link(src_pk, src_fk, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                 src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('t_link', varargs, kwargs) -%}
{{ hallmark.events('t_link', src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source,
                   source_model) }}
{%- endmacro -%}

{#- Non-historised link: the name that Data Vault has for a transactional link. The same arguments, the same rows. -#}
{%- macro nh_link(src_pk, src_fk, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                  src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('nh_link', varargs, kwargs) -%}
{{ hallmark.events('nh_link', src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source,
                   source_model) }}
{%- endmacro -%}

{%- macro events(macro_name, src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source,
                 source_model) -%}
{%- do hallmark.require_arguments(macro_name, {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model,
}) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_fk': src_fk, 'src_payload': src_payload, 'src_extra_columns': src_extra_columns,
    'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
} -%}
{%- do hallmark.require_column_form(macro_name, arguments) -%}
{%- set arguments = hallmark.with_dates_once(arguments) -%}
{%- set columns = arguments.values() | list -%}
{{ hallmark.new_rows(macro_name, arguments, [src_pk, src_fk], src_pk, source_model) }}
{%- if hallmark.source_names(source_model) | length > 1 -%}
,

first_sources as (
    select
        *,
        first_value(_hallmark_source) over (
            partition by {{ hallmark.names(src_pk) }}
            order by {{ hallmark.names([src_ldts, src_source]) }}, _hallmark_source
        ) as _hallmark_first
    from unknown_rows
)

{{ hallmark.distinct_rows(columns, 'first_sources where _hallmark_source = _hallmark_first') }}
{%- else %}

{{ hallmark.distinct_rows(columns, 'unknown_rows') }}
{%- endif -%}
{%- endmacro -%}
