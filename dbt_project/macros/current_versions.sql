{#- The newest version of each key of a satellite, and since when the key is known (`first_effective_from`). -#}
{%- macro current_versions(satellite, src_pk) -%}
    select * except (_recency)
    from (
        select
            *,
            min(effective_from) over (partition by {{ src_pk }}) as first_effective_from,
            row_number() over (
                partition by {{ src_pk }}
                order by effective_from desc, source_lsn desc, source_position desc, is_deleted desc
            ) as _recency
        from {{ ref(satellite) }}
    )
    where _recency = 1
{%- endmacro -%}
