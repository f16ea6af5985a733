{#-
  True when this project is the one that dbt runs, not a package of another: then only its macros are wanted. For our
  tests in SQL; models, sources and tests in YAML say the same there, where no macro can be called.
-#}
{%- macro own_project() -%}
    {%- do return(project_name == 'hallmark') -%}
{%- endmacro -%}
