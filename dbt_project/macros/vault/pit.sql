{#-
  Point-in-time table: for every key of a hub and every as-of date the row of each satellite that was valid then.

  Columns: `src_pk`, `src_extra_columns` (of the hub), AS_OF_DATE, and of each satellite its key and its load date as
  `<SATELLITE>_<suffix>`: the newest load at or before the as-of date; where there is none the ghost's: zeros of the
  hash's length, 1900-01-01.

  source_model: the hub. src_pk: its key. src_ldts: its load date. as_of_dates_table: a model with AS_OF_DATE.
  satellites: {name: {'pk': {suffix: column}, 'ldts': {suffix: column}}}; a key of several columns has several in 'pk',
  in the order of src_pk. stage_tables_ldts: {stage model: its load date}; AutomateDV's name before 0.9, `stage_tables`, does as well.

  A later run (`pit_incremental`) makes dates anew that are new, or that lie at or after the first load date in the
  stages, takes the other dates' rows as they are, leaves out dates and keys that are gone, and gives keys that came
  with this load ghosts for the dates before it. If all stages are empty, no date lies after them. Under dbt's own
  `incremental` with `append`, the rows of keys and dates that the table lacks are added, nothing else.

  Source: AutomateDV's documentation (macros, tutorial, compiled examples).
-#}
{%- macro pit(source_model, src_pk, as_of_dates_table, satellites, stage_tables_ldts, src_ldts,
              src_extra_columns=none, stage_tables=none) -%}
{%- if not execute -%}
    {%- do return(hallmark.mention([source_model, as_of_dates_table, satellites, stage_tables_ldts, stage_tables])) -%}
{%- endif -%}
{%- do hallmark.require_no_more('pit', varargs, kwargs) -%}
{%- if stage_tables_ldts and stage_tables and stage_tables != stage_tables_ldts -%}
    {%- do hallmark.refuse('pit(stage_tables)', stage_tables, 'what stage_tables_ldts says: ' ~ stage_tables_ldts,
                           'leave it out; it is the older name of the same argument') -%}
{%- endif -%}
{%- set stage_tables_ldts = stage_tables_ldts or stage_tables -%}
{%- do hallmark.require_arguments('pit', {
    'source_model': source_model, 'src_pk': src_pk, 'as_of_dates_table': as_of_dates_table, 'satellites': satellites,
    'stage_tables_ldts': stage_tables_ldts, 'src_ldts': src_ldts,
}) -%}
{%- do hallmark.require_column_form('pit', {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_extra_columns': src_extra_columns}) -%}
{%- set hub, as_of = ref(source_model), ref(as_of_dates_table) -%}
{%- set sats = hallmark.pit_satellites(satellites, src_pk) -%}
{%- set keys, own = hallmark.as_list(src_pk), hallmark.as_list([src_pk, src_extra_columns]) -%}
{%- set made = [] -%}
{%- for sat in sats -%}{%- do made.extend(sat.key_names + [sat.ldts_name]) -%}{%- endfor -%}
{%- do hallmark.require_distinct('pit', {
    'src_pk': src_pk, 'src_extra_columns': src_extra_columns, 'as_of_dates_table': 'AS_OF_DATE', 'satellites': made,
}) -%}
{%- do hallmark.require_columns('pit', hub, {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_extra_columns': src_extra_columns}) -%}
{%- do hallmark.require_columns('pit', as_of, {'as_of_dates_table': 'AS_OF_DATE'}) -%}
{%- set columns = own + ['AS_OF_DATE'] + made -%}
{%- set plain = model.config.materialized == 'incremental' -%}
{%- set increment = hallmark.is_increment() and (plain or hallmark.holds_columns(this, columns)) -%}
{%- set adds = plain and (config.get('incremental_strategy') or 'append') == 'append' -%}
with {% if increment -%}
{{ hallmark.pit_dates(as_of, stage_tables_ldts, 'pit') }},

{% else -%}
{%- do hallmark.stage_relations(stage_tables_ldts, 'pit') -%}
made_dates as (
    select AS_OF_DATE from {{ as_of }}
),

{% endif -%}
{{ hallmark.pit_rows(hub, src_pk, src_extra_columns, sats) }}
{%- if increment %},

{{ hallmark.pit_kept_rows(hub, src_pk, src_extra_columns, src_ldts, sats, columns, adds) }}
{%- else %}

select {{ hallmark.names(columns) }} from made_rows
{%- endif -%}
{%- endmacro -%}

{#- The rows of all of the hub's keys at `made_dates`, as the common table expression `made_rows`. -#}
{%- macro pit_rows(hub, src_pk, src_extra_columns, sats) -%}
{#-
  The straightforward way compares every row of a satellite with every date of its key, for each satellite anew. Here
  the rows of all satellites are put into the places of the dates (the first that sees them), one window over them
  tells from which place to which nothing changes, and only then are the dates written out: one shuffle of the
  satellites' keys and load dates, and none of the table that comes of it.
-#}
{%- set keys, extra = hallmark.as_list(src_pk), hallmark.as_list(src_extra_columns) -%}
all_dates as (
    select sort_array(collect_set(AS_OF_DATE)) as dates from made_dates
),

date_places as (
    select place, if(place = 0, null, dates[place - 1]) as after, until
    from all_dates
    lateral view posexplode(dates) places as place, until
),

events as (
    select
        {{ hallmark.selected([src_pk, src_extra_columns]) }}, 0 as _place, true as _in_hub
        {%- for sat in sats %}, null as _loaded_{{ loop.index }}{% endfor %}
    from {{ hub }}
    {%- for sat in sats %}
    {%- set number = loop.index %}
    union all
    select /*+ broadcast(date_places) */
        {%- for key in keys %}
        {{ hallmark.quoted(sat.key_columns[loop.index0], 'sat') }} as {{ hallmark.quoted(key) }},
        {%- endfor %}
        {%- for column in extra %} null as {{ hallmark.quoted(column) }},{% endfor %}
        date_places.place, false
        {%- for other in sats %}, {{ hallmark.quoted(sat.ldts, 'sat') if loop.index == number else 'null' }}
        {%- endfor %}
    from {{ sat.relation }} as sat
    inner join date_places
        on {{ hallmark.quoted(sat.ldts, 'sat') }} <= date_places.until
        and (date_places.after is null or {{ hallmark.quoted(sat.ldts, 'sat') }} > date_places.after)
    where {{ hallmark.all_present(sat.key_columns, 'sat') }}
    {%- endfor %}
),

spans as (
    select
        {{ hallmark.names(src_pk) }},
        {%- for column in extra %}
        first_value({{ hallmark.quoted(column) }}) over so_far as {{ hallmark.quoted(column) }},
        {%- endfor %}
        first_value(_in_hub) over so_far as _in_hub,
        _place,
        lead(_place) over (partition by {{ hallmark.names(src_pk) }} order by _place, _in_hub desc) as _next
        {%- for sat in sats %},
        max(_loaded_{{ loop.index }}) over so_far as _loaded_{{ loop.index }}
        {%- endfor %}
    from events
    window so_far as (
        partition by {{ hallmark.names(src_pk) }} order by _place, _in_hub desc
        rows between unbounded preceding and current row
    )
),

filled_spans as (
    select
        *,
        slice((select dates from all_dates), _place + 1, coalesce(_next - _place, 100000000)) as _dates
    from spans
    where _in_hub and (_next is null or _next > _place)
),

made_rows as (
    select
        {{ hallmark.names([src_pk, src_extra_columns]) }},
        AS_OF_DATE
        {%- for sat in sats %}
        {%- set loaded = '_loaded_' ~ loop.index %}
        {%- for name in sat.key_names %},
        if({{ loaded }} is null, {{ sat.ghost_key }}, {{ hallmark.quoted(keys[loop.index0]) }})
        as {{ hallmark.quoted(name) }}
        {%- endfor %},
        coalesce({{ loaded }}, {{ sat.ghost_ldts }}) as {{ hallmark.quoted(sat.ldts_name) }}
        {%- endfor %}
    from filled_spans
    lateral view explode(_dates) written as AS_OF_DATE
)
{%- endmacro -%}

{#- What a later run takes from the table, what it gives to keys that are new, and all rows together. -#}
{%- macro pit_kept_rows(hub, src_pk, src_extra_columns, src_ldts, sats, columns, adds) -%}
{%- set keys = hallmark.as_list(src_pk) -%}
{%- set pairs = hallmark.column_pairs(src_pk) -%}
kept_rows as (
    select {{ hallmark.names(columns, 'known') }}
    from {{ this }} as known
    left semi join kept_dates on kept_dates.AS_OF_DATE = known.AS_OF_DATE
    left semi join {{ hub }} as hub on
        {%- for pair in pairs %}
        {{ hallmark.quoted(pair.source, 'hub') }} = {{ hallmark.quoted(pair.name, 'known') }}
        {{- ' and' if not loop.last }}
        {%- endfor %}
),

new_key_rows as (
    select distinct
        {{ hallmark.selected([src_pk, src_extra_columns], 'hub') }}, kept_dates.AS_OF_DATE
        {%- for sat in sats %}
        {%- for name in sat.key_names %}, {{ sat.ghost_key }} as {{ hallmark.quoted(name) }}{% endfor -%}
        , {{ sat.ghost_ldts }} as {{ hallmark.quoted(sat.ldts_name) }}
        {%- endfor %}
    from {{ hub }} as hub
    cross join kept_dates
    where {{ hallmark.quoted(src_ldts, 'hub') }} >= (select safe_at from last_safe_load)
),

ghost_rows as (
    select new_key_rows.*
    from new_key_rows
    left anti join kept_rows
        on {{ hallmark.keys_equal(keys + ['AS_OF_DATE'], 'kept_rows', 'new_key_rows') }}
)
{%- if adds %},

added_rows as (
    select {{ hallmark.names(columns) }} from made_rows
    union all
    select {{ hallmark.names(columns) }} from ghost_rows
)

select added_rows.*
from added_rows
left anti join {{ this }} as known on {{ hallmark.keys_equal(keys + ['AS_OF_DATE'], 'known', 'added_rows') }}
{%- else %}

select {{ hallmark.names(columns) }} from made_rows
union all
select {{ hallmark.names(columns) }} from kept_rows
union all
select {{ hallmark.names(columns) }} from ghost_rows
{%- endif -%}
{%- endmacro -%}
