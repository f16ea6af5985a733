{#-
  What the materializations that load in steps have in common. The first run makes the table of the first step's rows;
  a later one inserts those of step after step, one commit of Delta each: a run that is killed between two has lost
  nothing, and the next goes on.

  `steps` is a list of `{name, filter}`, `place` the word of the model's SQL that each step's filter is put in.
-#}
{%- macro load_in_steps(kind, steps, place) -%}
    {%- set there = load_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set increment = hallmark.is_increment() -%}
    {%- set nothing = [{'name': 'nothing', 'filter': '(1 = 0)'}] -%}
    {%- if place not in compiled_code -%}
        {%- do hallmark.refuse(kind, 'a model without ' ~ place, 'where ' ~ place ~ ' in its SQL',
                               'put it where the model reads its source, or call a vault macro') -%}
    {%- endif -%}
    {%- if steps | length > 100000 -%}
        {%- do hallmark.refuse(kind, 'more than 100,000 steps', 'fewer') -%}
    {%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {%- if not increment -%}
        {%- set first = (steps or nothing)[0] -%}
        {{ log('  ' ~ kind ~ ' ' ~ model.name ~ ': base load, ' ~ first.name, info=true) }}
        {%- do hallmark.make_table(target, there, compiled_code | replace(place, first.filter)) -%}
    {%- else -%}
        {%- set columns = hallmark.names(hallmark.columns_of(this)) -%}
        {%- for step in steps -%}
            {{ log('  ' ~ kind ~ ' ' ~ model.name ~ ': ' ~ step.name ~ ', ' ~ loop.index ~ ' of ' ~ steps | length,
                   info=true) }}
            {%- call statement('step_' ~ loop.index) -%}
                insert into {{ target }} ({{ columns }})
                select {{ columns }} from (
                    {{ compiled_code | replace(place, step.filter) }}
                ) as step_rows
            {%- endcall -%}
        {%- endfor -%}
        {#- of steps, not of rows: Spark does not tell how many an insert adds #}
        {%- call noop_statement('main', hallmark.many(steps | length, 'step')) -%}
            {{ compiled_code }}
        {%- endcall -%}
    {%- endif -%}
    {%- do hallmark.finish_table(target, there) -%}
    {{ run_hooks(post_hooks) }}
    {%- do return(target) -%}
{%- endmacro -%}

{#-
  The tables that a configuration names (`models`, its option `of_models`) as sources of its steps, checked for the
  column (its option `of_column`: that is the one to blame for a column that no table has). They are found by their
  names in the project: dbt's `ref` works in the model's SQL alone.
-#}
{%- macro step_sources(kind, of_models, models, of_column, column) -%}
    {%- set argument = kind ~ '(' ~ of_models ~ ')' -%}
    {%- set found = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- set nodes = graph.nodes.values() | selectattr('name', 'equalto', name)
            | selectattr('resource_type', 'in', ['model', 'seed', 'snapshot']) | list -%}
        {%- if not nodes -%}
            {%- do hallmark.refuse(argument, 'the model ' ~ name, 'a model, seed or snapshot of this project') -%}
        {%- elif nodes[0].config.materialized == 'ephemeral' -%}
            {%- do hallmark.refuse(argument, name ~ ', which is ephemeral', 'a table or view') -%}
        {%- endif -%}
        {%- set node = nodes[0] -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- if load_relation(relation) is none -%}
            {%- do hallmark.refuse(argument, name ~ ', which is not there', 'a table or view that is built already') -%}
        {%- endif -%}
        {%- do hallmark.require_columns(kind, relation, {of_column: column}) -%}
        {%- do found.append(relation) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro -%}
