select
    ---------- keys
    charge_hk as charge_key,
    charge_id,
    {{ date_key('charge_period_start') }} as date_key,

    ---------- times
    charge_period_start,
    charge_period_end,
    billing_period_start,
    billing_period_end,

    ---------- who bills whom
    billing_account_id,
    sub_account_id,
    provider_name,
    publisher_name,
    invoice_issuer_name,

    ---------- for what
    charge_category,
    charge_class,
    charge_description,
    charge_frequency,
    service_category,
    service_name,
    region_id,
    resource_id,
    resource_type,
    sku_id,
    commitment_discount_id,
    tags,

    ---------- how much
    pricing_category,
    pricing_quantity,
    pricing_unit,
    consumed_quantity,
    consumed_unit,
    list_unit_price,
    contracted_unit_price,
    billing_currency,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,

    record_source
from {{ ref('nh_link_charge') }}
