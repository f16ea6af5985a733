-- One row a deployment and period [valid_from, valid_to) in which its customer, model and node pool stood still.
-- A deleted deployment keeps what it had last, so that a straggling request still finds its customer and model.
select
    links.deployment_hk,
    links.customer_hk,
    links.model_hk,
    links.node_pool_hk,
    statements.effective_from as valid_from,
    lead(statements.effective_from) over (
        partition by statements.deployment_hk
        order by
            statements.effective_from, statements.source_lsn, statements.source_position, statements.is_deleted
    ) as valid_to
from {{ ref('eff_sat_deployment') }} as statements
inner join {{ ref('link_deployment') }} as links on statements.link_deployment_hk = links.link_deployment_hk
