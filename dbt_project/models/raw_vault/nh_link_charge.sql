{{ nh_link(
    src_pk='charge_hk',
    src_fk=['billing_account_hk'],
    src_payload=[
        'charge_id',
        'availability_zone', 'billed_cost', 'billing_account_id', 'billing_account_name', 'billing_currency',
        'billing_period_end', 'billing_period_start', 'charge_category', 'charge_class', 'charge_description',
        'charge_frequency', 'charge_period_end', 'commitment_discount_category', 'commitment_discount_id',
        'commitment_discount_name', 'commitment_discount_status', 'commitment_discount_type', 'consumed_quantity',
        'consumed_unit', 'contracted_cost', 'contracted_unit_price', 'effective_cost', 'invoice_issuer_name',
        'list_cost', 'list_unit_price', 'pricing_category', 'pricing_quantity', 'pricing_unit', 'provider_name',
        'publisher_name', 'region_id', 'region_name', 'resource_id', 'resource_name', 'resource_type',
        'service_category', 'service_name', 'sku_id', 'sku_price_id', 'sub_account_id', 'sub_account_name', 'tags',
    ],
    src_eff='charge_period_start',
    src_ldts='load_date',
    src_source='record_source',
    source_model='stg_focus__charges',
) }}
