{#-
  Ghost record (macros/index.md, Ghost Record configuration): with the variable `enable_ghost_records`, a satellite has
  one row that belongs to nobody, so that a PIT table can always join it: key and hashdiff all zeros, load and effective
  date 1900-01-01, record source `system_record_value` (AUTOMATE_DV_SYSTEM), everything else null.

  It comes with the first load, or with the first one after the variable was set; a table that has a zero hashdiff gets
  none. A hash of zeros lies before all others, so that file statistics spare the look for it nearly all of the table.
-#}
{%- macro with_ghost(source, arguments, grows) -%}
{%- if hallmark.is_on('enable_ghost_records') %}
{%- set types = hallmark.column_types(ref(source)) -%}
{%- set zero = ['src_pk', 'src_hashdiff'] -%}
{%- set dates = ['src_eff', 'src_ldts'] %}
union all
select
{%- for argument, value in arguments.items() if value %}
    {%- set outer = loop %}
    {%- for pair in hallmark.column_pairs(value) %}
    {%- set type = hallmark.type_of(pair.source, types) %}
    {% if argument in zero -%}
        {{ hallmark.zero_hash(type) }}
    {%- elif argument in dates -%}
        {{ hallmark.of_type("date'1900-01-01'", type) }}
    {%- elif argument == 'src_source' -%}
        {{ hallmark.sql_text(var('system_record_value', 'AUTOMATE_DV_SYSTEM')) }}
    {%- else -%}
        null
    {%- endif %} as {{ hallmark.quoted(pair.name) }}{{ ',' if not (outer.last and loop.last) }}
    {%- endfor %}
{%- endfor %}
{%- if grows %}
where not exists (
    select 1 from {{ this }} as known
    where
    {%- for pair in hallmark.column_pairs(arguments['src_hashdiff']) %}
        known.{{ hallmark.quoted(pair.name) }} = {{ hallmark.zero_hash(hallmark.type_of(pair.source, types)) }}
    {%- endfor %}
)
{%- endif %}
{%- endif %}
{%- endmacro -%}
