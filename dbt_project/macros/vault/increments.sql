{#-
  Whether this run adds to a table that is there: dbt's `is_incremental()` knows of its own materialization alone, this
  one of ours as well.
-#}
{%- macro is_increment() -%}
    {%- set ours = ['incremental', 'vault_insert_by_period', 'vault_insert_by_rank', 'pit_incremental',
                    'bridge_incremental'] -%}
    {%- if not execute or model.config.materialized not in ours or should_full_refresh() -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- set there = load_relation(this) -%}
    {%- if model.config.materialized in ['pit_incremental', 'bridge_incremental'] and not hallmark.is_in_place(there) -%}
        {%- do return(false) -%}{#- it will be dropped before its rows could be read -#}
    {%- endif -%}
    {%- do return(there is not none and not there.is_view) -%}
{%- endmacro -%}

{#-
  What a vault macro puts behind the condition of its read of a source: nothing, or the place that
  `vault_insert_by_period` or `vault_insert_by_rank` fills with the part of each of its steps.
-#}
{%- macro load_filter() -%}
    {%- set places = {'vault_insert_by_period': '__PERIOD_FILTER__', 'vault_insert_by_rank': '__RANK_FILTER__'} -%}
    {%- set place = places.get(model.config.materialized) -%}
    {%- do return(' and ' ~ place if place else '') -%}
{%- endmacro -%}

{#- Whether a table is replaced in one commit: it is Delta's and stays so. Any other is dropped first. -#}
{%- macro is_in_place(there) -%}
    {%- do return(there is not none and there.is_delta and model.config.get('file_format') == 'delta') -%}
{%- endmacro -%}
