{#-
  Whether a hash key is a ghost's: nothing but zeros, as hexadecimal digits or as bytes, of any algorithm's length. (The
  record source of a ghost may have been another when it was loaded, so it tells nothing.)
-#}
{%- macro vault_is_ghost(column) -%}
    coalesce(hex({{ hallmark.quoted(column) }}) rlike '^((00){16,}|(30){32,})$', false)
{%- endmacro -%}

{#- A test's columns are in its table; a table that a `where` narrows is a query, and is left to Spark. -#}
{%- macro vault_test_columns(test_name, model, arguments) -%}
    {%- if model is not string -%}
        {%- do hallmark.require_columns(test_name, model, arguments) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A key as a test's rows show it. -#}
{%- macro vault_shown(columns, of=none) -%}
    concat_ws(', '
    {%- for column in hallmark.as_list(columns) %}, cast({{ hallmark.quoted(column, of) }} as string){% endfor -%}
    )
{%- endmacro -%}
