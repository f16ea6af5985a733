{#-
  For tables that help queries and hold no history of their own: what the table held is gone when the run ends, and the
  model's rows are there, in one commit of Delta. A run that dies before it leaves the table as it was.
-#}
{% materialization pit_incremental, adapter='spark', supported_languages=['sql'] %}
    {{ return({'relations': [hallmark.replace_whole()]}) }}
{% endmaterialization %}

{% materialization bridge_incremental, adapter='spark', supported_languages=['sql'] %}
    {{ return({'relations': [hallmark.replace_whole()]}) }}
{% endmaterialization %}

{%- macro replace_whole() -%}
    {%- set there = load_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- do hallmark.make_table(target, there, compiled_code) -%}
    {%- do hallmark.finish_table(target, there) -%}
    {{ run_hooks(post_hooks) }}
    {%- do return(target) -%}
{%- endmacro -%}

{#- Make the table of these rows, or anew; Delta does it in one commit, and the rows may come from the table itself. -#}
{%- macro make_table(target, there, sql) -%}
    {%- if there is not none and not hallmark.is_in_place(there) -%}
        {%- do adapter.drop_relation(there) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target, sql) }}
    {%- endcall -%}
    {%- do persist_constraints(target, model) -%}
{%- endmacro -%}

{#- Grants and comments, as dbt's own materializations leave them. -#}
{%- macro finish_table(target, there) -%}
    {%- do apply_grants(target, config.get('grants'), should_revoke(there, full_refresh_mode=True)) -%}
    {%- do persist_docs(target, model) -%}
{%- endmacro -%}
