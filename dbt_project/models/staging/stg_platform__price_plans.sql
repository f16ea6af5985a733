with versions as (
    {{ change_versions(source('silver', 'price_plans_history'), 'price_plan_id') }}
)

select
    ---------- keys
    {{ hash_key('price_plan_id') }} as price_plan_hk,
    {{ hash_key('model_id') }} as model_hk,
    {{ hash_diff(['model_id', 'usd_per_1k_prompt_tokens', 'usd_per_1k_completion_tokens', 'is_deleted']) }}
        as price_plan_hashdiff,
    model_id,
    price_plan_id,

    ---------- description
    usd_per_1k_prompt_tokens,
    usd_per_1k_completion_tokens,
    is_deleted,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
