with versions as (
    {{ change_versions(source('silver', 'price_plans_history'), 'price_plan_id') }}
)

select
    ---------- keys
    {{ hash_key(['model_id', 'price_plan_id']) }} as link_model_price_plan_hk,
    {{ hash_key('price_plan_id') }} as price_plan_hk,
    {{ hash_key('model_id') }} as model_hk,
    model_id,
    price_plan_id,

    ---------- description
    usd_per_1k_prompt_tokens,
    usd_per_1k_completion_tokens,
    is_deleted,

    ---------- effectivity
    effective_from as start_date,
    if(is_deleted, effective_from, {{ open_end() }}) as end_date,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
