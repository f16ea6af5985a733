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
    {%- set type = types.get(pair.source | replace('`', '') | lower) %}
    {% if argument in zero -%}
        {{ hallmark.zero_hash(type) }}
    {%- elif argument in dates -%}
        {{ 'cast(' if type }}date'1900-01-01'{{ ' as ' ~ type ~ ')' if type }}
    {%- elif argument == 'src_source' -%}
        '{{ var('system_record_value', 'AUTOMATE_DV_SYSTEM') | replace("\\", "\\\\") | replace("'", "\\'") }}'
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
        known.{{ hallmark.quoted(pair.name) }} = {{ hallmark.zero_hash(types.get(pair.source | replace('`', '') | lower)) }}
    {%- endfor %}
)
{%- endif %}
{%- endif %}
{%- endmacro -%}

{#- A hash of zeros, as long as those of the project's algorithm, for a column of this type (none: not known). -#}
{%- macro zero_hash(type) -%}
    {%- set digits = {'SHA': 64, 'SHA256': 64, 'SHA1': 40}.get(var('hash', 'MD5') | upper | replace('-', ''), 32) -%}
    {%- set zeros = "'" ~ '0' * digits ~ "'" -%}
    {%- if type == 'binary' or (type is none and hallmark.is_on('enable_native_hashes')) -%}
        {%- do return('X' ~ zeros) -%}
    {%- endif -%}
    {%- if type is none or type.startswith('string') or 'char' in type -%}{%- do return(zeros) -%}{%- endif -%}
    {%- do return("cast('0' as " ~ type ~ ")") -%}
{%- endmacro -%}

{#- The types of a relation's columns by their names in lower case; nothing of one that is not there. -#}
{%- macro column_types(relation) -%}
    {%- set types = {} -%}
    {%- if execute and not relation.is_cte and load_relation(relation) is not none -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do types.update({column.name | lower: column.dtype | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(types) -%}
{%- endmacro -%}
