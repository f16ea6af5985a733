{{ xts(
    src_pk='deployment_hk',
    src_satellite={
        'description': {
            'sat_name': {'satellite_name': 'description_satellite'}, 'hashdiff': {'hashdiff': 'deployment_hashdiff'},
        },
        'effectivity': {
            'sat_name': {'satellite_name': 'effectivity_satellite'}, 'hashdiff': {'hashdiff': 'effectivity_hashdiff'},
        },
    },
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_platform__deployments',
) }}
