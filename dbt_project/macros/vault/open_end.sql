{#- When a relationship that is open ends: the last moment there is, as the variable `max_datetime` says, as text. -#}
{%- macro last_moment() -%}
    {%- do return(var('max_datetime', '9999-12-31 23:59:59.999999') | string) -%}
{%- endmacro -%}

{#- It as a timestamp, for a staging model. -#}
{%- macro open_end() -%}
    cast('{{ hallmark.last_moment() }}' as timestamp)
{%- endmacro -%}

{#- Its day, by which open is told from closed. -#}
{%- macro forever() -%}
    {%- do return("date'" ~ hallmark.last_moment()[:10] ~ "'") -%}
{%- endmacro -%}
