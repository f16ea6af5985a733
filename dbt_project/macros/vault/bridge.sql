{#-
  Bridge: for every key of a hub and every as-of date (up to today) the relationships that were open then, along a walk
  over links.

  Columns: `src_pk`, `src_extra_columns` (of the hub), AS_OF_DATE, and each step's key under its `bridge_link_pk`. A row
  is there when every step of the walk was open: when the newest row of the step's effectivity satellite that was
  loaded at or before the date ends on the day of `max_datetime`. Of rows of one load the one that ends last counts.

  source_model: the hub. src_pk: its key. src_ldts: its load date. as_of_dates_table: a model with AS_OF_DATE.
  bridge_walk: {step: {bridge_link_pk, link_table, link_pk, link_fk1, link_fk2, eff_sat_table, eff_sat_pk,
  eff_sat_end_date, eff_sat_load_date}}, in order: link_fk1 of the first step is the hub's key, of the others the
  link_fk2 of the step before; bridge_end_date and bridge_load_date are taken, and name nothing that comes out.
  stage_tables_ldts: {stage model: its load date}.
  past_only: not AutomateDV's: `false` takes dates after today as well, so that no clock decides what the table holds.

  A later run (`bridge_incremental`) makes all dates anew: what a bridge held does not matter for what it holds. Under
  dbt's own `incremental` with `append`, rows of dates that the table lacks are added, nothing else.

  Source: AutomateDV's documentation (macros, tutorial, compiled examples).
-#}
{%- macro bridge(source_model, src_pk, bridge_walk, as_of_dates_table, stage_tables_ldts, src_ldts,
                 src_extra_columns=none, past_only=true) -%}
{%- if not execute -%}
    {%- do hallmark.mention([source_model, as_of_dates_table, stage_tables_ldts]) -%}
    {%- for step in (bridge_walk.values() if bridge_walk is mapping else []) if step is mapping -%}
        {%- do hallmark.mention([step.get('link_table'), step.get('eff_sat_table')]) -%}
    {%- endfor -%}
    {%- do return('') -%}
{%- endif -%}
{%- do hallmark.require_no_more('bridge', varargs, kwargs) -%}
{%- do hallmark.require_arguments('bridge', {
    'source_model': source_model, 'src_pk': src_pk, 'bridge_walk': bridge_walk,
    'as_of_dates_table': as_of_dates_table, 'stage_tables_ldts': stage_tables_ldts, 'src_ldts': src_ldts,
}) -%}
{%- do hallmark.require_column_form('bridge', {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_extra_columns': src_extra_columns}) -%}
{%- set hub, as_of = ref(source_model), ref(as_of_dates_table) -%}
{%- set steps = hallmark.bridge_steps(bridge_walk, src_pk) -%}
{%- set made = steps | map(attribute='name') | list -%}
{%- do hallmark.require_distinct('bridge', {
    'src_pk': src_pk, 'src_extra_columns': src_extra_columns, 'as_of_dates_table': 'AS_OF_DATE', 'bridge_walk': made,
}) -%}
{%- do hallmark.require_columns('bridge', hub, {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_extra_columns': src_extra_columns}) -%}
{%- do hallmark.require_columns('bridge', as_of, {'as_of_dates_table': 'AS_OF_DATE'}) -%}
{%- do hallmark.stage_relations(stage_tables_ldts, 'bridge') -%}
{%- set adds = model.config.materialized == 'incremental'
    and (config.get('incremental_strategy') or 'append') == 'append' and hallmark.is_increment() -%}
with as_of_dates as (
    select distinct wanted.AS_OF_DATE
    from {{ as_of }} as wanted
    {%- if adds %}
    left anti join {{ this }} as known on known.AS_OF_DATE = wanted.AS_OF_DATE
    {%- endif %}
    {%- if past_only %}
    where wanted.AS_OF_DATE <= current_date()
    {%- endif %}
),

hub_keys as (
    select distinct {{ hallmark.selected([src_pk, src_extra_columns]) }} from {{ hub }}
),

{#- A link is open from a load to the next one of its satellite: no row for every date before the walk is done. -#}
{%- for step in steps %}
{{ hallmark.bridge_step(step, loop.index) }},
{% endfor %}
{#- From the latest of the steps' beginnings to the first of their ends the whole walk is open. -#}
walks as (
    select
        {{ hallmark.names([src_pk, src_extra_columns], 'hub_keys') }}
        {%- for step in steps %},
        step_{{ loop.index }}._link as {{ hallmark.quoted(step.name) }}
        {%- endfor %},
        {% if steps | length > 1 %}greatest({% endif -%}
        {%- for step in steps %}step_{{ loop.index }}._opened{{ ', ' if not loop.last }}{% endfor -%}
        {%- if steps | length > 1 %}){% endif %} as _opened,
        {% if steps | length > 1 %}least({% endif -%}
        {%- for step in steps %}step_{{ loop.index }}._closed{{ ', ' if not loop.last }}{% endfor -%}
        {%- if steps | length > 1 %}){% endif %} as _closed
    from hub_keys
    {%- for step in steps %}
    inner join step_{{ loop.index }} on step_{{ loop.index }}._from = {{
        hallmark.quoted(hallmark.as_list(src_pk)[0], 'hub_keys') if loop.first else 'step_' ~ loop.index0 ~ '._to' }}
    {%- endfor %}
)

select /*+ broadcast(as_of_dates) */
    {{ hallmark.names([src_pk, src_extra_columns], 'walks') }},
    as_of_dates.AS_OF_DATE
    {%- for name in made %},
    {{ hallmark.quoted(name, 'walks') }}
    {%- endfor %}
from walks
inner join as_of_dates
    on as_of_dates.AS_OF_DATE >= walks._opened
    and (walks._closed is null or as_of_dates.AS_OF_DATE < walks._closed)
{%- endmacro -%}

{#- The spans in which each relationship of a step was open, as `step_<number>`. -#}
{%- macro bridge_step(step, number) -%}
{%- set link, link_pk = step.link, hallmark.quoted(step.link_pk, 'link') -%}
step_{{ number }} as (
    select link._link, link._from, link._to, loads._opened, loads._closed
    from (
        select distinct
            {{ link_pk }} as _link, {{ hallmark.quoted(step.link_fk1, 'link') }} as _from,
            {{ hallmark.quoted(step.link_fk2, 'link') }} as _to
        from {{ step.link }} as link
    ) as link
    inner join (
        select
            _link, _opened, _end,
            lead(_opened) over (partition by _link order by _opened) as _closed
        from (
            select
                {{ hallmark.quoted(step.eff_sat_pk) }} as _link, {{ hallmark.quoted(step.eff_sat_load_date) }} as _opened,
                max({{ hallmark.quoted(step.eff_sat_end_date) }}) as _end
            from {{ step.eff_sat }}
            where {{ hallmark.all_present([step.eff_sat_pk, step.eff_sat_load_date]) }}
            group by {{ hallmark.names([step.eff_sat_pk, step.eff_sat_load_date]) }}
        )
    ) as loads on loads._link = link._link
    where to_date(loads._end) = {{ hallmark.forever() }}
)
{%- endmacro -%}

{#- The steps of a walk, checked: a list of what their SQL needs. -#}
{%- macro bridge_steps(bridge_walk, src_pk) -%}
    {%- set wanted = ['bridge_link_pk', 'link_table', 'link_pk', 'link_fk1', 'link_fk2', 'eff_sat_table', 'eff_sat_pk',
                      'eff_sat_end_date', 'eff_sat_load_date'] -%}
    {%- if bridge_walk is not mapping -%}
        {%- do hallmark.refuse('bridge(bridge_walk)', bridge_walk, 'a dictionary of steps') -%}
    {%- endif -%}
    {%- if hallmark.as_list(src_pk) | length != 1 -%}
        {%- do hallmark.refuse('bridge(src_pk)', hallmark.as_list(src_pk) | join(', '), 'one column') -%}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name, step in bridge_walk.items() -%}
        {%- for part in wanted -%}
            {%- if step is not mapping or not step.get(part) -%}
                {%- do hallmark.refuse('bridge(bridge_walk)', name ~ ' without ' ~ part,
                                       'every step with ' ~ (wanted | join(', '))) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set link, eff_sat = ref(step['link_table']), ref(step['eff_sat_table']) -%}
        {%- do hallmark.require_columns('bridge', link, {
            'bridge_walk': [step['link_pk'], step['link_fk1'], step['link_fk2']]}) -%}
        {%- do hallmark.require_columns('bridge', eff_sat, {
            'bridge_walk': [step['eff_sat_pk'], step['eff_sat_end_date'], step['eff_sat_load_date']]}) -%}
        {%- do found.append({
            'name': step['bridge_link_pk'], 'link': link, 'link_pk': step['link_pk'], 'link_fk1': step['link_fk1'],
            'link_fk2': step['link_fk2'], 'eff_sat': eff_sat, 'eff_sat_pk': step['eff_sat_pk'],
            'eff_sat_end_date': step['eff_sat_end_date'], 'eff_sat_load_date': step['eff_sat_load_date'],
        }) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro -%}
