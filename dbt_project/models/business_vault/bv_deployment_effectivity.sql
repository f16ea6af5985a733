-- When each combination of deployment, customer, model and node pool was in force, with its ends written out.
{{ effective_rows(
    model='eff_sat_deployment',
    src_pk='link_deployment_hk',
    src_dfk='deployment_hk',
    src_start_date='start_date',
    src_end_date='end_date',
    src_eff='effective_from',
    src_order=['source_lsn', 'source_position', 'is_deleted'],
) }}
