{#-
  Load a model period after period of its source's time.

  timestamp_field: the column of the time, or a list of it alone. period: `day` (the default), or second, minute, hour,
  week, month, quarter, year. start_date, stop_date: where the load begins and ends, both inclusive; a date without a
  time ends with its day. date_source_models: the model or models whose smallest and largest time stand for those that
  are not given; the load then ends with the day of the largest, or its period if that is shorter. With start_date alone
  it ends with today.

  The first run loads the first period, every later run the periods from the newest time in the table on (that one
  again) to the end. A model's own SQL says `where __PERIOD_FILTER__`; the vault macros do.

  Source: AutomateDV's documentation of its materialization.
-#}
{% materialization vault_insert_by_period, adapter='spark', supported_languages=['sql'] %}
    {%- set kind = 'vault_insert_by_period' -%}
    {%- set steps = hallmark.period_steps(kind, config.get('timestamp_field'), config.get('period') or 'day',
                                          config.get('start_date'), config.get('stop_date'),
                                          config.get('date_source_models')) -%}
    {{ return({'relations': [hallmark.load_in_steps(kind, steps, '__PERIOD_FILTER__')]}) }}
{% endmaterialization %}

{#- The periods that a run has to load, as steps. -#}
{%- macro period_steps(kind, field, period, start_date, stop_date, models) -%}
    {%- set lengths = {
        'second': 'interval 1 second', 'minute': 'interval 1 minute', 'hour': 'interval 1 hour',
        'day': 'interval 1 day', 'week': 'interval 7 day', 'month': 'interval 1 month', 'quarter': 'interval 3 month',
        'year': 'interval 1 year',
    } -%}
    {%- do hallmark.require_arguments(kind, {'timestamp_field': field}) -%}
    {%- do hallmark.require_one_each(kind, {'timestamp_field': field}) -%}
    {%- set field = hallmark.as_list(field)[0] -%}
    {%- if period | lower not in lengths -%}
        {%- do hallmark.refuse(kind ~ '(period)', period, lengths.keys() | join(', ')) -%}
    {%- endif -%}
    {%- if not start_date and not models -%}
        {%- do hallmark.refuse(kind ~ '(start_date)', 'neither start_date nor date_source_models', 'one of them') -%}
    {%- endif -%}
    {%- set length, column = lengths[period | lower], hallmark.quoted(field) -%}
    {%- set sources = hallmark.step_sources(kind, 'date_source_models', models or [], 'timestamp_field', field) -%}
    {%- set known = hallmark.is_increment() -%}
    {%- if known -%}{%- do hallmark.require_columns(kind, this, {'timestamp_field': field}) -%}{%- endif -%}
    {%- set bounds -%}
        with found as (
            select min(_at) as first_at, max(_at) as last_at from (
                {%- for source in sources %}
                select cast({{ column }} as timestamp) as _at from {{ source }} union all
                {%- endfor %}
                select cast(null as timestamp) as _at
            )
        ),

        wanted as (
            select
                {{ hallmark.period_time(start_date) if start_date else 'first_at' }} as first_at,
                {% if stop_date or not models -%}
                {{ hallmark.period_end(stop_date) }}
                {%- else -%}
                least(date_trunc('{{ period }}', last_at) + {{ length }}, date_trunc('day', last_at) + interval 1 day)
                {%- endif %} as ends_at,
                {% if known %}(select max(cast({{ column }} as timestamp)) from {{ this }}){% else %}null{% endif %}
                as known_at
            from found
        )

        select
            cast(first_at as string), cast(ends_at as string), cast(greatest(first_at, known_at) as string),
            (unix_seconds(ends_at) - unix_seconds(greatest(first_at, known_at)))
            / {{ hallmark.period_seconds(period) }} as steps
        from wanted
    {%- endset -%}
    {%- set row = run_query(bounds).rows[0] -%}
    {%- for argument, given, got in [('start_date', start_date, row[0]), ('stop_date', stop_date, row[1])] -%}
        {%- if given and got is none -%}
            {%- do hallmark.refuse(kind ~ '(' ~ argument ~ ')', given, 'a date as YYYY-MM-DD, or a time') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if row[0] is none or row[1] is none -%}{%- do return([]) -%}{%- endif -%}
    {%- if row[0] >= row[1] -%}
        {%- do hallmark.refuse(kind ~ '(stop_date)', stop_date or 'today', 'no day before start_date: ' ~ row[0]) -%}
    {%- endif -%}
    {%- if row[3] > 100000 -%}
        {%- do hallmark.refuse(kind ~ '(period)', 'more than 100,000 periods', 'fewer', 'take a longer period') -%}
    {%- endif -%}
    {%- if row[2] >= row[1] -%}{%- do return([]) -%}{%- endif -%}
    {%- set periods -%}
        select
            cast(greatest(_at, first_at) as string), cast(least(_at + {{ length }}, ends_at) as string)
        from (
            select
                first_at, ends_at,
                explode(sequence(date_trunc('{{ period }}', begins_at), ends_at - interval 1 microsecond, {{ length }}))
                as _at
            from (
                select
                    timestamp'{{ row[0] }}' as first_at, timestamp'{{ row[1] }}' as ends_at,
                    timestamp'{{ row[2] }}' as begins_at
            )
        )
        order by _at
    {%- endset -%}
    {%- set steps = [] -%}
    {%- for one in run_query(periods).rows -%}
        {%- do steps.append({
            'name': period | lower ~ ' ' ~ one[0],
            'filter': "(" ~ column ~ " >= timestamp'" ~ one[0] ~ "' and " ~ column ~ " < timestamp'" ~ one[1] ~ "')",
        }) -%}
    {%- endfor -%}
    {%- do return(steps) -%}
{%- endmacro -%}

{#- A configured date or time as SQL; null if it is none. -#}
{%- macro period_time(value) -%}
    {%- do return("try_cast('" ~ value | string | trim | replace("'", "") ~ "' as timestamp)") -%}
{%- endmacro -%}

{#- The first moment after a configured end, by default after today. -#}
{%- macro period_end(value) -%}
    {%- if not value -%}
        {%- do return("cast(current_date() + interval 1 day as timestamp)") -%}
    {%- endif -%}
    {%- set whole_day = value | string | trim | length <= 10 -%}
    {%- do return(hallmark.period_time(value) ~ ' + interval 1 ' ~ ('day' if whole_day else 'microsecond')) -%}
{%- endmacro -%}

{#- The least seconds that a period has. -#}
{%- macro period_seconds(period) -%}
    {%- do return({'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400, 'week': 604800, 'month': 2419200,
                   'quarter': 7776000, 'year': 31536000}[period | lower]) -%}
{%- endmacro -%}
