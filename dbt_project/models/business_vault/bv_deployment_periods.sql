-- One row a deployment and period [valid_from, valid_to) in which its customer, model and node pool stood still.
-- A deleted deployment keeps what it had last, so that a straggling request still finds its customer and model.
select
    deployment_hk,
    customer_hk,
    model_hk,
    node_pool_hk,
    effective_from as valid_from,
    lead(effective_from) over (
        partition by deployment_hk order by effective_from, source_lsn, source_position, is_deleted
    ) as valid_to
from {{ ref('eff_sat_deployment') }}
