-- A price plan's prices, one row a kind of token.
select
    ---------- keys
    plans.price_plan_hk,
    {{ hash_diff(['prices.usd_per_1k_tokens', 'plans.is_deleted']) }} as price_hashdiff,
    plans.price_plan_id,
    prices.token_type,

    ---------- description
    prices.usd_per_1k_tokens,
    plans.is_deleted,

    ---------- order and origin
    plans.effective_from,
    plans.source_lsn,
    plans.source_position,
    plans.load_date,
    plans.record_source
from {{ ref('stg_platform__price_plans') }} as plans
lateral view stack(
    2, 'prompt', plans.usd_per_1k_prompt_tokens, 'completion', plans.usd_per_1k_completion_tokens
) prices as token_type, usd_per_1k_tokens
