-- By the time at the source, not by the load date: a late change moves what a past day shows.
{{ bridge(
    source_model='hub_deployment',
    src_pk='deployment_hk',
    src_ldts='load_date',
    as_of_dates_table='as_of_day',
    bridge_walk={
        'deployment': {
            'bridge_link_pk': 'link_deployment_hk',
            'bridge_end_date': 'end_date',
            'bridge_load_date': 'effective_from',
            'link_table': 'link_deployment',
            'link_pk': 'link_deployment_hk',
            'link_fk1': 'deployment_hk',
            'link_fk2': 'node_pool_hk',
            'eff_sat_table': 'bv_deployment_effectivity',
            'eff_sat_pk': 'link_deployment_hk',
            'eff_sat_end_date': 'end_date',
            'eff_sat_load_date': 'effective_from',
        },
    },
    stage_tables_ldts={'stg_platform__deployments': 'load_date'},
    past_only=false,
) }}
