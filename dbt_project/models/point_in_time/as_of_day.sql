-- The last moment of each day (UTC) on which a request came or a GPU was read.
select distinct to_date(happened_at) + interval '1' day - interval '1' microsecond as AS_OF_DATE
from (
    select requested_at as happened_at from {{ ref('nh_link_request') }}
    union all
    select observed_at from {{ ref('nh_link_gpu_reading') }}
)
