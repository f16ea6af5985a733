{{ config(enabled=own_project()) }}
-- Every request of silver is in the vault, and every one of the vault in the fact, once, with the same prompt tokens.
with requests as (
    {%- for feed in ['azure_requests', 'vllm_requests', 'gateway_requests'] %}
    select 'silver' as layer, _source as record_source, prompt_tokens from {{ source('silver', feed) }}
    union all
    {%- endfor %}
    select 'vault' as layer, record_source, prompt_tokens from {{ ref('nh_link_request') }}
    union all
    select 'gold' as layer, record_source, prompt_tokens from {{ ref('fct_inference_requests') }}
),

counts as (
    select layer, record_source, count(*) as requests, coalesce(sum(prompt_tokens), 0) as prompt_tokens
    from requests
    group by layer, record_source
)

select record_source
from counts
group by record_source
having count(*) != 3
    or min(requests) != max(requests)
    or min(prompt_tokens) != max(prompt_tokens)
