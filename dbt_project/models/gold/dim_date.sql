with fact_days as (
    select min(to_date(requested_at)) as first_day, max(to_date(requested_at)) as last_day
    from {{ ref('nh_link_request') }}
    union all
    select min(to_date(charge_period_start)), max(to_date(charge_period_start)) from {{ ref('nh_link_charge') }}
    union all
    select min(to_date(observed_at)), max(to_date(observed_at)) from {{ ref('nh_link_gpu_reading') }}
),

range as (
    select min(first_day) as first_day, max(last_day) as last_day from fact_days
),

days as (
    select explode(sequence(first_day, last_day)) as calendar_date
    from range
    where first_day is not null
)

select
    {{ date_key('calendar_date') }} as date_key,
    calendar_date,
    year(calendar_date) as year,
    quarter(calendar_date) as quarter,
    month(calendar_date) as month,
    day(calendar_date) as day_of_month,
    weekday(calendar_date) + 1 as day_of_week,
    weekofyear(calendar_date) as iso_week,
    weekday(calendar_date) >= 5 as is_weekend
from days

union all

select {{ unknown_date_key() }}, null, null, null, null, null, null, null, null
