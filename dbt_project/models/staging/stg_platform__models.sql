with versions as (
    {{ change_versions(source('silver', 'models_history'), 'model_id') }}
)

select
    ---------- keys
    {{ hash_key('model_id') }} as model_hk,
    {{ hash_diff(['model_name', 'model_family', 'parameters_billion', 'context_window_tokens', 'is_deleted']) }}
        as model_hashdiff,
    model_id,

    ---------- description
    model_name,
    model_family,
    parameters_billion,
    context_window_tokens,
    is_deleted,

    ---------- order and origin
    effective_from,
    _lsn as source_lsn,
    _position as source_position,
    _ingested_at as load_date,
    _source as record_source
from versions
