with source as (
    select * from {{ source('silver', 'vllm_requests') }}
)

select
    ---------- keys
    {{ hash_key(["'vllm'", 'request_id']) }} as request_hk,
    {{ hash_key('deployment_id') }} as deployment_hk,
    request_id,
    deployment_id,

    ---------- numbers: the log counts characters, not the tokens that were generated
    prompt_tokens,
    cast(null as int) as completion_tokens,
    time_to_first_token_ms,
    latency_ms,
    cast(null as string) as status,

    ---------- times and origin
    requested_at,
    _ingested_at as load_date,
    _source as record_source
from source
