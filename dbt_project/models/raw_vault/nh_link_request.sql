{{ nh_link(
    src_pk='request_hk',
    src_fk=['deployment_hk'],
    src_payload=[
        'request_id', 'prompt_tokens', 'completion_tokens', 'time_to_first_token_ms', 'latency_ms', 'status',
    ],
    src_eff='requested_at',
    src_ldts='load_date',
    src_source='record_source',
    source_model=['stg_azure__requests', 'stg_vllm__requests', 'stg_gateway__requests'],
) }}
