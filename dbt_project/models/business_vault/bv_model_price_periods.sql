-- One row a model and period [valid_from, valid_to) in which one price held. The periods of a model do not overlap:
-- where two plans are alive at once, the one that changed last holds; where none is, there is no row.
{%- set instant = ['price_plan_hk', 'effective_from', 'source_lsn', 'source_position', 'is_deleted'] | join(', ') %}
{%- set so_far = 'over (partition by price_plan_hk order by effective_from, source_lsn, source_position, is_deleted)' %}
with statements as (
    -- a struct tells a price that is null from none that is stated
    select {{ instant }}, struct(model_hk) as model, null as prompt, null as completion
    from {{ ref('eff_sat_model_price_plan') }}
    union all
    select
        {{ instant }},
        null,
        if(token_type = 'prompt', struct(usd_per_1k_tokens), null),
        if(token_type = 'completion', struct(usd_per_1k_tokens), null)
    from {{ ref('ma_sat_price_plan') }}
),

instants as (
    select {{ instant }}, max(model) as model, max(prompt) as prompt, max(completion) as completion
    from statements
    group by {{ instant }}
),

plan_versions as (
    select
        plans.price_plan_id,
        versions.*,
        lead(versions.effective_from) over (
            partition by versions.price_plan_hk
            order by versions.effective_from, versions.source_lsn, versions.source_position, versions.is_deleted
        ) as effective_to
    from (
        -- what a change leaves as it was holds on
        select
            {{ instant }},
            last_value(model, true) {{ so_far }}.model_hk as model_hk,
            last_value(prompt, true) {{ so_far }}.usd_per_1k_tokens as usd_per_1k_prompt_tokens,
            last_value(completion, true) {{ so_far }}.usd_per_1k_tokens as usd_per_1k_completion_tokens
        from instants
    ) as versions
    inner join {{ ref('hub_price_plan') }} as plans on versions.price_plan_hk = plans.price_plan_hk
),

models as (
    select
        model_hk,
        -- structs compare field by field: the greatest is the newest version, and carries its prices along
        collect_list(struct(
            effective_from,
            source_lsn,
            source_position,
            price_plan_id,
            usd_per_1k_prompt_tokens,
            usd_per_1k_completion_tokens,
            effective_to
        )) as versions
    from plan_versions
    where not is_deleted and (effective_to is null or effective_to > effective_from)
    group by model_hk
),

-- in one pass over a model's versions, which else would be made, and joined with themselves, three times
moments as (
    select
        *,
        array_sort(array_distinct(array_compact(
            flatten(transform(versions, version -> array(version.effective_from, version.effective_to)))
        ))) as moments
    from models
),

periods as (
    select
        model_hk,
        valid_from,
        get(moments, place + 1) as valid_to,
        array_max(filter(
            versions,
            version -> version.effective_from <= valid_from
                and (version.effective_to is null or version.effective_to > valid_from)
        )) as plan
    from moments
    lateral view posexplode(moments) exploded as place, valid_from
)

select
    model_hk,
    plan.price_plan_id,
    plan.usd_per_1k_prompt_tokens,
    plan.usd_per_1k_completion_tokens,
    valid_from,
    valid_to
from periods
where plan is not null
