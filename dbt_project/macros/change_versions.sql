{#-
  The versions of an entity, from its silver history (`<entity>_history`): every row is a version that holds from
  `effective_from` on, and the end of an entity is a version of its own with `is_deleted`.

  A history may state a deletion as a row of its own (`_op` = d) or as a last version that was closed; both are read.
-#}
{%- macro change_versions(relation, key) -%}
    select
        *,
        valid_from as effective_from,
        _op <=> 'd' as is_deleted
    from {{ relation }}

    union all

    select
        * except (_next_from),
        valid_to as effective_from,
        true as is_deleted
    from (
        select
            *,
            lead(valid_from) over (partition by {{ key }} order by valid_from, _lsn, _position) as _next_from
        from {{ relation }}
    )
    where valid_to is not null
        and not _op <=> 'd'
        and (_next_from is null or _next_from > valid_to)
{%- endmacro -%}
