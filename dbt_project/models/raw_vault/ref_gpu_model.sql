{{ config(materialized='table') }}
{{ ref_table(
    src_pk='gpu_model',
    src_extra_columns=['vendor', 'architecture', 'gpu_memory_gb', 'board_power_w'],
    source_model='seed_gpu_models',
) }}
