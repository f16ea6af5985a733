with versions as (
    {{ change_versions(source('silver', 'customers_history'), 'customer_id') }}
)

select
    ---------- keys
    {{ hash_key('customer_id') }} as customer_hk,
    {{ hash_diff(['customer_name', 'segment', 'country', 'is_deleted']) }} as customer_hashdiff,
    customer_id,

    ---------- description
    customer_name,
    segment,
    country,
    is_deleted,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
