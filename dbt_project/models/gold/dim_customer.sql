with customers as (
    select * from {{ ref('hub_customer') }}
),

versions as (
    {{ current_versions('sat_customer', 'customer_hk') }}
)

select
    customers.customer_hk as customer_key,
    customers.customer_id,
    versions.customer_name,
    versions.segment,
    versions.country,
    coalesce(versions.is_deleted, false) as is_deleted,
    coalesce(versions.first_effective_from, customers.load_date) as first_seen_at,
    coalesce(versions.effective_from, customers.load_date) as updated_at,
    coalesce(versions.record_source, customers.record_source) as record_source
from customers
left join versions on customers.customer_hk = versions.customer_hk

union all

select {{ unknown_key() }}, 'unknown', 'unknown', null, null, false, {{ unknown_since() }}, {{ unknown_since() }}, 'hallmark'
