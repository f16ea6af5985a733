{#-
  dbt-spark drops a seed's table and creates it again. Of a table with a location Spark leaves the files there when it is
  dropped, and each build would add the rows once more. Here the table is replaced, whatever is at its place.
-#}
{%- macro spark__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {%- do return(create_csv_table(model, agate_table)) -%}
{%- endmacro -%}

{%- macro spark__create_csv_table(model, agate_table) -%}
    {%- set columns = [] -%}
    {%- for name, type in zip(agate_table.column_names, hallmark.seed_types(model, agate_table)) -%}
        {%- do columns.append(hallmark.quoted(name) ~ ' ' ~ type) -%}
    {%- endfor -%}
    {%- set sql -%}
    create or replace table {{ this }} ({{ columns | join(', ') }}) {{ file_format_clause() }} {{ location_clause() }} {{ comment_clause() }}
    {%- endset -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {%- do return(sql) -%}
{%- endmacro -%}

{#- dbt-spark's takes an empty cell for the text "None", and an apostrophe for the end of a text. -#}
{%- macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = hallmark.seed_types(model, agate_table) -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set lines = [] -%}
        {%- for row in rows -%}
            {%- set cells = [] -%}
            {%- for value, type in zip(row, types) -%}
                {%- set cell = 'null' if value is none else hallmark.sql_text(value) -%}
                {%- do cells.append('cast(' ~ cell ~ ' as ' ~ type ~ ')') -%}
            {%- endfor -%}
            {%- do lines.append('(' ~ cells | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- do statements.append('insert into ' ~ this ~ ' values ' ~ lines | join(', ')) -%}
        {%- do adapter.add_query(statements[-1], abridge_sql_log=true) -%}
    {%- endfor -%}
    {%- do return(statements[0] if statements else '') -%}
{%- endmacro -%}

{#- The types of a seed's columns, in their order: as its configuration says, else what dbt guesses. -#}
{%- macro seed_types(model, agate_table) -%}
    {%- set told, types = model['config'].get('column_types', {}), [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(told.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- do return(types) -%}
{%- endmacro -%}
