-- By the time at the source, not by the load date: a late change moves what a past day shows.
{{ pit(
    source_model='hub_node_pool',
    src_pk='node_pool_hk',
    src_ldts='load_date',
    as_of_dates_table='as_of_day',
    satellites={
        'sat_node_pool': {'pk': {'pk': 'node_pool_hk'}, 'ldts': {'effective_from': 'effective_from'}},
    },
    stage_tables_ldts={'stg_platform__node_pools': 'load_date'},
) }}
