{#-
  A column as it goes into a hash: text, trimmed, in upper case unless the variable `hash_content_casing` is `disabled`;
  empty counts as null.
-#}
{%- macro hash_text(column) -%}
    {%- set text = "trim(cast(" ~ column ~ " as string))" -%}
    {%- if var('hash_content_casing', 'upper') | lower != 'disabled' -%}
        {%- set text = "upper(" ~ text ~ ")" -%}
    {%- endif -%}
    nullif({{ text }}, '')
{%- endmacro -%}

{#- Columns joined by `||`, with `^^` in the place of a null. -#}
{%- macro hash_input(columns) -%}
    concat_ws('||'
    {%- for column in columns %}, coalesce({{ hallmark.hash_text(column) }}, '^^'){% endfor -%}
    )
{%- endmacro -%}

{#- Hash of a business key. Null when every part of the key is null, so that the row is not loaded. -#}
{%- macro hash_key(columns) -%}
    {%- set columns = hallmark.as_list(columns) -%}
    {%- if columns | length == 1 -%}
        upper(md5({{ hallmark.hash_text(columns[0]) }}))
    {%- else -%}
        {%- set nothing = ['^^'] * (columns | length) -%}
        upper(md5(nullif({{ hallmark.hash_input(columns) }}, '{{ nothing | join('||') }}')))
    {%- endif -%}
{%- endmacro -%}

{#- Hash of a description: two versions with the same hash say the same. The order of `columns` does not matter. -#}
{%- macro hash_diff(columns) -%}
    upper(md5({{ hallmark.hash_input(hallmark.as_list(columns) | sort) }}))
{%- endmacro -%}
