{#- One model, several or none as a list of names. -#}
{%- macro source_names(source_model) -%}
    {%- do return([source_model] if source_model is string else (source_model or []) | list) -%}
{%- endmacro -%}

{#-
  The rows of all source models under the names of the table, with the place of their model in the list as
  `_hallmark_source`. Rows without one of the `required` columns are left out.
-#}
{%- macro rows_of_sources(macro_name, arguments, required, source_model) -%}
{%- do hallmark.require_distinct(macro_name, arguments) -%}
{%- for name in hallmark.source_names(source_model) -%}
    {%- set relation = ref(name) -%}
    {%- do hallmark.require_columns(macro_name, relation, arguments) -%}
    {%- if not loop.first %}
    union all
    {% endif -%}
    select {{ hallmark.selected(arguments.values() | list, 'staged') }}, {{ loop.index }} as _hallmark_source
    from {{ relation }} as staged
    where {{ hallmark.all_present(required, 'staged') }}
{%- endfor -%}
{%- endmacro -%}

{#- The `source_rows` that the table lacks, by this condition between `known` and `source_rows`; without a table, all. -#}
{%- macro unknown_rows(condition) -%}
    select source_rows.*
    from source_rows
    {%- if is_incremental() %}
    left anti join {{ this }} as known on {{ condition }}
    {%- endif %}
{%- endmacro -%}
