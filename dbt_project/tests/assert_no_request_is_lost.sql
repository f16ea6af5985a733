{{ config(enabled=own_project()) }}
-- Every request of silver is in the vault, and every one of the vault in the fact, once, with the same prompt tokens.
{{ rows_lost(
    feeds=['azure_requests', 'vllm_requests', 'gateway_requests'],
    vault='nh_link_request',
    fact='fct_inference_requests',
    measure='prompt_tokens',
) }}
