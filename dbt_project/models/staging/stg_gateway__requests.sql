with source as (
    select * from {{ source('silver', 'gateway_requests') }}
)

select
    ---------- keys
    {{ hash_key(["'gateway'", 'request_id']) }} as request_hk,
    {{ hash_key('deployment_id') }} as deployment_hk,
    request_id,
    deployment_id,

    ---------- numbers
    prompt_tokens,
    completion_tokens,
    time_to_first_token_ms,
    latency_ms,
    status,

    ---------- times and origin
    requested_at,
    _ingested_at as load_date,
    _source as record_source
from source
