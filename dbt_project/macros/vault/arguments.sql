{#- A column argument as a list: none, one name, or names (possibly nested lists of them). -#}
{%- macro as_list(value) -%}
    {%- set names = [] -%}
    {%- if value is string -%}
        {%- do names.append(value) -%}
    {%- elif value is not none -%}
        {%- for part in value -%}
            {%- do names.extend(hallmark.as_list(part)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(names) -%}
{%- endmacro -%}

{#- `a.x <=> b.x and a.y <=> b.y`: two rows agree on these columns, nulls included. -#}
{%- macro rows_agree(columns, left, right) -%}
    {%- for column in hallmark.as_list(columns) -%}
        {{ left }}.{{ column }} <=> {{ right }}.{{ column }}
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- `x is not null and y is not null` -#}
{%- macro all_present(columns) -%}
    {%- for column in hallmark.as_list(columns) -%}
        {{ column }} is not null
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}
