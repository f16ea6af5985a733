{#-
  Load a model rank after rank, so that of rows which belong together the earlier are in the table when the later come.

  rank_column: the column of ranks. rank_source_models: the model or models that have it. The first run loads the lowest
  rank, every later run all ranks that there are, in order; rows without a rank are not loaded. A model's own SQL says
  `where __RANK_FILTER__`; the vault macros do.

  Source: AutomateDV's documentation of its materialization.
-#}
{% materialization vault_insert_by_rank, adapter='spark', supported_languages=['sql'] %}
    {%- set kind, column = 'vault_insert_by_rank', config.get('rank_column') -%}
    {%- set models = config.get('rank_source_models') -%}
    {%- do hallmark.require_arguments(kind, {'rank_column': column, 'rank_source_models': models}) -%}
    {%- set quoted = hallmark.quoted(column) -%}
    {%- set ranks -%}
        select distinct cast(_rank as string) as told, _rank from (
            {%- for source in hallmark.step_sources(kind, 'rank_source_models', models, 'rank_column', column) %}
            select {{ quoted }} as _rank from {{ source }}
            {{- ' union all' if not loop.last }}
            {%- endfor %}
        ) where _rank is not null order by _rank limit 100001
    {%- endset -%}
    {%- set steps = [] -%}
    {%- for row in run_query(ranks).rows -%}
        {%- do steps.append({
            'name': 'rank ' ~ row[0], 'filter': '(' ~ quoted ~ ' = ' ~ hallmark.step_value(row[0] | string) ~ ')'
        }) -%}
    {%- endfor -%}
    {{ return({'relations': [hallmark.load_in_steps(kind, steps, '__RANK_FILTER__')]}) }}
{% endmaterialization %}

{#- A rank as SQL: a number as it is, anything else as text. -#}
{%- macro step_value(text) -%}
    {%- do return(text if modules.re.fullmatch('-?[0-9]+([.][0-9]+)?', text) else hallmark.sql_text(text)) -%}
{%- endmacro -%}
