{#-
  The sources of which silver (`feeds`: its tables), the vault and the fact (models) have not the same rows: another
  number of them, or another sum of `measure`, an expression whose sum is exact.
-#}
{%- macro rows_lost(feeds, vault, fact, measure) -%}
with found as (
    {%- for feed in feeds %}
    select 'silver' as layer, _source as record_source, {{ measure }} as measure from {{ source('silver', feed) }}
    union all
    {%- endfor %}
    select 'vault', record_source, {{ measure }} from {{ ref(vault) }}
    union all
    select 'gold', record_source, {{ measure }} from {{ ref(fact) }}
),

counts as (
    select layer, record_source, count(*) as found_rows, coalesce(sum(measure), 0) as total
    from found
    group by layer, record_source
)

select record_source
from counts
group by record_source
having count(*) != 3
    or min(found_rows) != max(found_rows)
    or min(total) != max(total)
{%- endmacro -%}
