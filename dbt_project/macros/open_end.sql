{#- The end of a relationship that is open: the last moment there is, by which `eff_sat` tells open from closed. -#}
{%- macro open_end() -%}
    cast('{{ var('max_datetime', '9999-12-31 23:59:59.999999') }}' as timestamp)
{%- endmacro -%}
