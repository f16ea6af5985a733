with models as (
    select * from {{ ref('hub_model') }}
),

versions as (
    {{ current_versions('sat_model', 'model_hk') }}
)

select
    models.model_hk as model_key,
    models.model_id,
    versions.model_name,
    versions.model_family,
    versions.parameters_billion,
    versions.context_window_tokens,
    coalesce(versions.is_deleted, false) as is_deleted,
    coalesce(versions.first_effective_from, models.load_date) as first_seen_at,
    coalesce(versions.effective_from, models.load_date) as updated_at,
    coalesce(versions.record_source, models.record_source) as record_source
from models
left join versions on models.model_hk = versions.model_hk

union all

select
    {{ unknown_key() }}, 'unknown', 'unknown', null, null, null,
    false, {{ unknown_since() }}, {{ unknown_since() }}, 'hallmark'
