{#-
  Tell dbt, which reads all models before it runs one, of the models that are named here: names, lists, or dictionaries
  whose keys are names. A wrong argument is told when its model is built, so that it does not stop all of a project.
-#}
{%- macro mention(models) -%}
    {%- if models is string -%}
        {%- do ref(models) -%}
    {%- elif models is iterable and models is not none -%}
        {%- for name in models -%}{%- do hallmark.mention(name) -%}{%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- The satellites of a PIT or an as-of reading as a list of what SQL needs; letters about entries that lack a part. -#}
{%- macro pit_satellites(satellites, src_pk, macro_name='pit') -%}
    {%- if satellites is not mapping -%}
        {%- do hallmark.refuse(macro_name ~ '(satellites)', satellites, "a dictionary: {'SAT_NAME': {'pk': {'PK': column}, "
                               ~ "'ldts': {'LDTS': column}}}") -%}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name, entry in satellites.items() -%}
        {%- for part, example in {'pk': "'pk': {'PK': column}", 'ldts': "'ldts': {'LDTS': column}"}.items() -%}
            {%- if entry is not mapping or entry.get(part) is not mapping or not entry[part] -%}
                {%- do hallmark.refuse(macro_name ~ '(satellites)', name ~ ' without ' ~ part,
                                       example ~ ' for every satellite') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set keys = entry['pk'].values() | list -%}
        {%- if keys | length != hallmark.as_list(src_pk) | length -%}
            {%- do hallmark.refuse(macro_name ~ '(satellites)', name ~ ' with the key ' ~ (keys | join(', ')),
                                   'a column for each of src_pk: ' ~ (hallmark.as_list(src_pk) | join(', '))) -%}
        {%- endif -%}
        {%- if entry['ldts'] | length != 1 -%}
            {%- do hallmark.refuse(macro_name ~ '(satellites)', name ~ ' with ' ~ (entry['ldts'] | length) ~ ' load dates',
                                   'one') -%}
        {%- endif -%}
        {%- set relation, ldts = ref(name), (entry['ldts'].values() | list)[0] -%}
        {%- do hallmark.require_columns(macro_name, relation, {'satellites': [keys, ldts]}) -%}
        {%- set types = hallmark.column_types(relation) -%}
        {%- set key_names = [] -%}
        {%- for suffix in entry['pk'] -%}{%- do key_names.append(name ~ '_' ~ suffix) -%}{%- endfor -%}
        {%- do found.append({
            'relation': relation, 'key_columns': keys, 'ldts': ldts, 'key_names': key_names,
            'payload': entry.get('payload'), 'eff': entry.get('eff'), 'name': name, 'says_eff': 'eff' in entry,
            'ldts_name': name ~ '_' ~ (entry['ldts'].keys() | list)[0],
            'ghost_key': hallmark.zero_hash(types.get(keys[0] | lower)),
            'ghost_ldts': "cast('1900-01-01 00:00:00' as " ~ types.get(ldts | lower, 'timestamp') ~ ")",
        }) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro -%}

{#- Whether a table has all of these columns and no other: else its rows are of another shape than ours. -#}
{%- macro holds_columns(relation, columns) -%}
    {%- set found = hallmark.column_types(relation).keys() | list -%}
    {%- set wanted = hallmark.as_list(columns) | map('lower') | list -%}
    {%- do return(found | sort == wanted | sort) -%}
{%- endmacro -%}

{#- The stages with their load dates, checked: a list of `{relation, ldts}`. -#}
{%- macro stage_relations(stage_tables_ldts, macro_name) -%}
    {%- if stage_tables_ldts is not mapping -%}
        {%- do hallmark.refuse(macro_name ~ '(stage_tables_ldts)', stage_tables_ldts,
                               "a dictionary of each stage model to its load date") -%}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name, ldts in stage_tables_ldts.items() -%}
        {%- set relation = ref(name) -%}
        {%- do hallmark.require_columns(macro_name, relation, {'stage_tables_ldts': ldts}) -%}
        {%- do found.append({'relation': relation, 'ldts': ldts}) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro -%}

{#-
  Which dates a later run makes anew (`made_dates`: new ones, and those that the loads in the stages can have changed)
  and which it takes from the table (`kept_dates`).
-#}
{%- macro pit_dates(as_of, stage_tables_ldts, macro_name) -%}
last_safe_load as (
    select min(_loaded) as safe_at
    from (
        {%- for stage in hallmark.stage_relations(stage_tables_ldts, macro_name) %}
        select min({{ hallmark.quoted(stage.ldts) }}) as _loaded from {{ stage.relation }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    )
),

dated as (
    select
        wanted.AS_OF_DATE,
        known.AS_OF_DATE is null
        or coalesce(wanted.AS_OF_DATE >= (select safe_at from last_safe_load), false) as _is_made
    from (select distinct AS_OF_DATE from {{ as_of }} where AS_OF_DATE is not null) as wanted
    left join (select distinct AS_OF_DATE from {{ this }}) as known on known.AS_OF_DATE = wanted.AS_OF_DATE
),

made_dates as (
    select AS_OF_DATE from dated where _is_made
),

kept_dates as (
    select AS_OF_DATE from dated where not _is_made
)
{%- endmacro -%}
