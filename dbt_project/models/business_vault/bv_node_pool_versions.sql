-- One row a node pool and instant: of several changes of one instant the last.
select * except (_recency)
from (
    select
        *,
        row_number() over (
            partition by node_pool_hk, effective_from
            order by source_lsn desc, source_position desc, is_deleted desc
        ) as _recency
    from {{ ref('sat_node_pool') }}
)
where _recency = 1
