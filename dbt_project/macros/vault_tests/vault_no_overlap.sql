{#-
  In an effectivity satellite a driving key is in one relationship at a time: no two periods [start, end) of it overlap,
  and none ends before it starts. A period is what was last loaded of a relationship and its start; a null end is open.

  `src_pk` is the link's key, `src_dfk` the driving one; other arguments are those of `eff_sat`.
-#}
{% test vault_no_overlap(model, src_pk, src_dfk, src_start_date, src_end_date, src_ldts, src_eff=none) %}
{%- set arguments = {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_start_date': src_start_date, 'src_end_date': src_end_date,
    'src_ldts': src_ldts,
} %}
{%- do hallmark.require_arguments('vault_no_overlap', arguments) %}
{%- do arguments.update({'src_eff': src_eff}) %}
{%- do hallmark.vault_test_columns('vault_no_overlap', model, arguments) %}
with loaded as (
    select
        {{ hallmark.names(src_dfk) }},
        cast({{ hallmark.quoted(src_start_date) }} as timestamp) as _start,
        cast({{ hallmark.quoted(src_end_date) }} as timestamp) as _end,
        row_number() over (
            partition by {{ hallmark.names([src_pk, src_start_date]) }}
            order by {% for column in hallmark.as_list([src_ldts, src_eff]) -%}
            {{ hallmark.quoted(column) }} desc{{ ', ' if not loop.last }}
            {%- endfor %}
        ) as _age
    from {{ model }}
    where not {{ hallmark.vault_is_ghost(hallmark.as_list(src_pk)[0]) }}
),

periods as (
    select * except (_age) from loaded where _age = 1
),

compared as (
    select
        *,
        max(coalesce(_end, timestamp '9999-12-31 23:59:59.999999')) over (
            partition by {{ hallmark.names(src_dfk) }}
            order by _start, _end nulls last
            rows between unbounded preceding and 1 preceding
        ) as _busy_until
    from periods
    where _end is null or _end > _start
)

select 'periods overlap' as broken, {{ hallmark.vault_shown(src_dfk) }} as value, _start, _end
from compared
where _start < _busy_until
union all
select 'a period ends before it starts' as broken, {{ hallmark.vault_shown(src_dfk) }} as value, _start, _end
from periods
where _end < _start
{% endtest %}
