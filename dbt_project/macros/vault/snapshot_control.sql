{#-
  Snapshot dates whose distance grows with their age: every day of the last days, every Monday of the last weeks, every
  first of the last months, every first of January of the last years.

  Columns: AS_OF_DATE (timestamp); is_daily, is_weekly, is_monthly, is_yearly: which rule keeps the date; is_active: one
  of them does; is_latest: no date is later. A row a day from start_date to today, or only the active ones.

  start_date: the first date. daily, weekly, monthly, yearly: how many days, weeks, months, years the rule reaches back
  from today, or 'forever'; 0, the default, for not at all. today: by default the day of the run. time_of_day: of every
  snapshot. only_active: leave out the dates that no rule keeps, as an as-of table for `pit` and `bridge` needs it.

  Source: the Data Vault 2.0 literature's snapshot control table with logarithmic retention; AutomateDV has none.
-#}
{%- macro snapshot_control(start_date, daily=0, weekly=0, monthly=0, yearly=0, today=none, time_of_day='00:00:00',
                           only_active=false) -%}
{%- if not execute -%}{%- do return('') -%}{%- endif -%}
{%- do hallmark.require_no_more('snapshot_control', varargs, kwargs) -%}
{%- do hallmark.require_arguments('snapshot_control', {'start_date': start_date}) -%}
{%- set rules = {
    'daily': {'reach': daily, 'on': 'true', 'unit': 'days'},
    'weekly': {'reach': weekly, 'on': 'dayofweek(_day) = 2', 'unit': 'weeks'},
    'monthly': {'reach': monthly, 'on': 'day(_day) = 1', 'unit': 'months'},
    'yearly': {'reach': yearly, 'on': 'dayofyear(_day) = 1', 'unit': 'years'},
} -%}
{%- set kept = [] -%}
{%- for name, rule in rules.items() -%}
    {%- set number = rule.reach is number and rule.reach is not boolean and rule.reach >= 0 -%}
    {%- if rule.reach != 'forever' and not number -%}
        {%- do hallmark.refuse('snapshot_control(' ~ name ~ ')', rule.reach,
                               "a number of " ~ rule.unit ~ ", or 'forever'") -%}
    {%- elif rule.reach -%}
        {%- do kept.append(name) -%}
    {%- endif -%}
{%- endfor -%}
{%- if not kept -%}
    {%- do hallmark.refuse('snapshot_control(daily)', 'no rule', 'at least one of daily, weekly, monthly, yearly') -%}
{%- endif -%}
{%- if not modules.re.fullmatch('[0-2][0-9]:[0-5][0-9]:[0-5][0-9]', time_of_day | string) -%}
    {%- do hallmark.refuse('snapshot_control(time_of_day)', time_of_day, 'a time as HH:MM:SS') -%}
{%- endif -%}
{%- set first_day = hallmark.told_time('snapshot_control(start_date)', start_date, 'date') -%}
{%- set last_day = hallmark.told_time('snapshot_control(today)', today, 'date') if today else 'current_date()' -%}
with days as (
    select
        {{ last_day }} as _today,
        explode(sequence({{ first_day }}, {{ last_day }})) as _day
    where {{ first_day }} <= {{ last_day }}
),

flagged as (
    select
        _today,
        _day
        {%- for name, rule in rules.items() %},
        {% if not rule.reach -%} false
        {%- elif rule.reach == 'forever' -%} {{ rule.on }}
        {%- elif name in ['daily', 'weekly'] -%}
        {{ rule.on }} and _day > date_sub(_today, {{ rule.reach * (7 if name == 'weekly' else 1) }})
        {%- else -%}
        {{ rule.on }} and _day > add_months(_today, {{ -rule.reach * (12 if name == 'yearly' else 1) }})
        {%- endif %} as is_{{ name }}
        {%- endfor %}
    from days
)

select
    cast(concat(cast(_day as string), ' {{ time_of_day }}') as timestamp) as AS_OF_DATE,
    is_daily,
    is_weekly,
    is_monthly,
    is_yearly,
    is_daily or is_weekly or is_monthly or is_yearly as is_active,
    _day = _today as is_latest
from flagged
{%- if only_active %}
where is_daily or is_weekly or is_monthly or is_yearly
{%- endif -%}
{%- endmacro -%}

{#-
  A hook of a PIT (or bridge) on Delta that deletes the rows of dates which are no longer kept:
  `post_hook="{{ hallmark.clean_up_pit('control') }}"`. snapshot_model: a model of `snapshot_control`, whose active
  dates are kept, or an as-of table, whose dates all are. One that has no such date deletes nothing: it is not filled.
-#}
{%- macro clean_up_pit(snapshot_model) -%}
{%- if not execute -%}{%- do return(hallmark.mention(snapshot_model)) -%}{%- endif -%}
{%- do hallmark.require_no_more('clean_up_pit', varargs, kwargs) -%}
{%- do hallmark.require_arguments('clean_up_pit', {'snapshot_model': snapshot_model}) -%}
{%- set kept = ref(snapshot_model) -%}
{%- do hallmark.require_columns('clean_up_pit', kept, {'snapshot_model': 'AS_OF_DATE'}) -%}
{%- do hallmark.require_columns('clean_up_pit', this, {'this': 'AS_OF_DATE'}) -%}
{%- set active = ' where is_active' if 'is_active' in hallmark.columns_of(kept) | map('lower') else '' -%}
merge into {{ this }} as pit
using (
    select distinct held.AS_OF_DATE
    from {{ this }} as held
    left anti join (select AS_OF_DATE from {{ kept }}{{ active }}) as kept on kept.AS_OF_DATE = held.AS_OF_DATE
    where exists (select AS_OF_DATE from {{ kept }}{{ active }})
) as gone
on gone.AS_OF_DATE = pit.AS_OF_DATE
when matched then delete
{%- endmacro -%}

{#- A date or time that a person wrote as SQL, or a letter. -#}
{%- macro told_time(argument, value, type='timestamp') -%}
    {%- set text = value | string | trim -%}
    {%- set time = '([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?([+-][0-9]{2}:[0-9]{2}|Z)?)?' -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}' ~ time, text) -%}
        {%- do hallmark.refuse(argument, text, 'a date as YYYY-MM-DD' ~ (', or a time' if type != 'date' else '')) -%}
    {%- endif -%}
    {%- do return("cast('" ~ text ~ "' as " ~ type ~ ")") -%}
{%- endmacro -%}
