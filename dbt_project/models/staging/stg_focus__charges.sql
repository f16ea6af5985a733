with source as (
    select * from {{ source('silver', 'charges') }}
)

select
    ---------- keys
    {{ hash_key('charge_id') }} as charge_hk,
    {{ hash_key('billing_account_id') }} as billing_account_hk,

    ---------- the charge, under its FOCUS 1.0 names in snake_case
    * except (_source, _file, _load_id, _ingested_at),

    ---------- origin
    _ingested_at as load_date,
    _source as record_source
from source
