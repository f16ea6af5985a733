{#- The key and the time of the member that a fact points to when it does not know the real one. -#}
{%- macro unknown_key() -%} '00000000000000000000000000000000' {%- endmacro -%}

{%- macro unknown_date_key() -%} -1 {%- endmacro -%}

{%- macro unknown_since() -%} timestamp'1900-01-01 00:00:00' {%- endmacro -%}
