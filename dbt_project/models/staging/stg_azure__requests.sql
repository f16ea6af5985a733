with source as (
    select * from {{ source('silver', 'azure_requests') }}
)

select
    ---------- keys
    {{ hash_key(["'azure'", 'request_id']) }} as request_hk,
    {{ hash_key('deployment_id') }} as deployment_hk,
    request_id,
    deployment_id,

    ---------- numbers: Azure publishes neither latency nor status
    prompt_tokens,
    completion_tokens,
    cast(null as double) as time_to_first_token_ms,
    cast(null as double) as latency_ms,
    cast(null as string) as status,

    ---------- times and origin
    requested_at,
    _ingested_at as load_date,
    _source as record_source
from source
