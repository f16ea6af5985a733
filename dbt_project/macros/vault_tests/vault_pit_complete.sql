{#-
  A PIT has every key of its hub at every as-of date, once; and what it points at is there: the satellite's row of the
  same key, loaded no later than the as-of date. A pointer at the ghost, or at nothing, points at no row.

  Arguments are those of `pit`, so that they can be copied (the last three are not looked at); as-of dates that the
  as-of table has no more are left alone.
-#}
{% test vault_pit_complete(model, source_model, src_pk, as_of_dates_table, satellites, as_of_column='AS_OF_DATE',
                          stage_tables_ldts=none, src_ldts=none, src_extra_columns=none) %}
{%- do hallmark.require_arguments('vault_pit_complete', {
    'source_model': source_model, 'src_pk': src_pk, 'as_of_dates_table': as_of_dates_table, 'satellites': satellites,
}) %}
{%- do hallmark.vault_test_columns('vault_pit_complete', model, {'src_pk': src_pk, 'as_of_column': as_of_column}) %}
{%- set hub = ref(source_model) if source_model is string else source_model %}
{%- set dates = ref(as_of_dates_table) if as_of_dates_table is string else as_of_dates_table %}
{%- do hallmark.require_columns('vault_pit_complete', hub, {'src_pk': src_pk}) %}
{%- do hallmark.require_columns('vault_pit_complete', dates, {'as_of_dates_table': as_of_column}) %}
{%- set as_of = hallmark.quoted(as_of_column) %}
{%- set row = hallmark.as_list([src_pk, as_of_column]) %}
with pit_rows as (
    select * from {{ model }}
),

wanted as (
    select {{ hallmark.names(src_pk, 'hub') }}, dates.{{ as_of }}
    from {{ hub }} as hub
    cross join (select distinct {{ as_of }} from {{ dates }}) as dates
)

select 'a key has no row' as broken, {{ hallmark.vault_shown(row, 'wanted') }} as value
from wanted
left anti join pit_rows on {{ hallmark.keys_equal(row, 'wanted', 'pit_rows') }}
union all
select 'a key has several rows' as broken, {{ hallmark.vault_shown(row) }} as value
from pit_rows
group by {{ hallmark.names(row) }}
having count(*) > 1
{%- for satellite, columns in satellites.items() %}
    {%- set keys, pointers = columns['pk'].values() | list, [] %}
    {%- for suffix in columns['pk'] %}{% do pointers.append(satellite ~ '_' ~ suffix) %}{% endfor %}
    {%- set time_suffix, time = (columns['ldts'].items() | list)[0] %}
    {%- set pointed_time = satellite ~ '_' ~ time_suffix %}
    {%- do hallmark.vault_test_columns('vault_pit_complete', model, {'satellites': pointers + [pointed_time]}) %}
    {%- do hallmark.require_columns('vault_pit_complete', ref(satellite), {'satellites': keys + [time]}) %}
    {%- set points = hallmark.quoted(pointers[0], 'pit_rows') ~ ' is not null and not '
        ~ hallmark.vault_is_ghost(pointers[0]) %}
union all
select 'a pointer at {{ satellite }} leads nowhere' as broken, {{ hallmark.vault_shown(row, 'pit_rows') }} as value
from pit_rows
left anti join {{ ref(satellite) }} as satellite
    on {{ hallmark.quoted(pointed_time, 'pit_rows') }} = {{ hallmark.quoted(time, 'satellite') }}
    {%- for key in keys %}
        and {{ hallmark.quoted(pointers[loop.index0], 'pit_rows') }} = {{ hallmark.quoted(key, 'satellite') }}
    {%- endfor %}
where {{ points }}
union all
select 'a pointer at {{ satellite }} is of another key, or of a later time' as broken,
    {{ hallmark.vault_shown(row) }} as value
from pit_rows
where {{ points }}
    and (
        {{ hallmark.quoted(pointed_time) }} > {{ as_of }}
        {%- for key in hallmark.as_list(src_pk) %}
        or {{ hallmark.quoted(pointers[loop.index0]) }} != {{ hallmark.quoted(key) }}
        {%- endfor %}
    )
{%- endfor %}
{% endtest %}
