{#-
  True when this project is the one that dbt runs, not a package of another: then only its macros are wanted, and its
  models, whose names and sources are its own, stay out of the way.
-#}
{%- macro own_project() -%}
    {%- do return(project_name == 'hallmark') -%}
{%- endmacro -%}
