{#-
  Status tracking satellite: one row a change of a key's status, of a source that tells no changes but is staged whole.

  Columns: src_pk, src_ldts, src_source, src_status (string: I, U or D), src_hashdiff (the hash of the status).

  src_pk        the key of the hub; one column or several. A row without it is not loaded.
  src_ldts      when the row was loaded: one instant a snapshot.
  src_source    where the row came from.
  src_status    the name that the status shall have.
  src_hashdiff  the name that the hash of the status shall have; optional.
  source_model  the staging model, a full snapshot of the source's keys; or a list of models that are one together.

  I (insert): the key is there and was not, or was deleted. U (update): it is there and was there already. D (delete):
  it is no longer there; such a row has the load date of the snapshot that lacks the key, and the source that had it. A
  row is loaded when its hash differs from the key's row before it: U follows I once, then comes nothing until D.

  Snapshots that are not newer than the table's newest row are left alone, so a load that is repeated adds nothing.
  Several snapshots in one load are told apart by src_ldts, and give what they give one after the other. A snapshot
  without any row has no load date, and so deletes nothing.

  Rule: the tutorial of status tracking satellites in AutomateDV's documentation.
-#}
{%- macro sts(src_pk, src_ldts, src_source, src_status, src_hashdiff=none, source_model=none) -%}
{%- do hallmark.require_no_more('sts', varargs, kwargs) -%}
{%- do hallmark.require_arguments('sts', {
    'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'src_status': src_status,
    'source_model': source_model,
}) -%}
{%- set arguments = {'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source} -%}
{%- do hallmark.require_distinct('sts', dict(arguments, src_status=src_status, src_hashdiff=src_hashdiff)) -%}
{%- set keys = hallmark.names(src_pk) -%}
{%- set instant = hallmark.names(src_ldts) -%}
{%- set status = hallmark.names(src_status) -%}
{%- set of_a_key = 'over (partition by ' ~ keys ~ ' order by ' ~ instant -%}
with source_rows as (
    {{ hallmark.rows_of_sources('sts', arguments, [src_pk, src_ldts], source_model) }}
),

seen as (
    select {{ keys }}, {{ instant }}, min(struct({{ hallmark.names(src_source) }})) as _hallmark_origin
    from source_rows
    {%- if hallmark.is_increment() %}
    cross join (select max({{ instant }}) as _hallmark_newest from {{ this }})
    where _hallmark_newest is null or {{ instant }} > _hallmark_newest
    {%- endif %}
    group by {{ keys }}, {{ instant }}
),

snapshots as (
    select distinct {{ instant }} from seen
),

{% if hallmark.is_increment() -%}
known as (
    select
        {{ keys }},
        max({{ instant }}) as {{ instant }},
        max_by(struct({{ hallmark.names(src_source) }}), {{ instant }}) as _hallmark_origin,
        max_by({{ status }}, {{ instant }}) as _hallmark_status
    from {{ this }}
    group by {{ keys }}
),

all_keys as (
    select {{ keys }} from seen
    union
    select {{ keys }} from known
),
{%- else -%}
all_keys as (
    select distinct {{ keys }} from seen
),
{%- endif %}

states as (
    select
        {{ hallmark.names(src_pk, 'all_keys') }},
        {{ hallmark.names(src_ldts, 'snapshots') }},
        seen._hallmark_origin,
        seen._hallmark_origin is not null as _hallmark_there,
        cast(null as string) as _hallmark_known
    from all_keys
    cross join snapshots
    left join seen
        on {{ hallmark.keys_equal([src_pk], 'all_keys', 'seen') }}
        and {{ hallmark.keys_equal([src_ldts], 'snapshots', 'seen') }}
    {%- if hallmark.is_increment() %}
    union all
    select {{ keys }}, {{ instant }}, _hallmark_origin, _hallmark_status <> 'D', _hallmark_status
    from known
    {%- endif %}
),

judged as (
    select
        {{ keys }},
        {{ instant }},
        coalesce(
            _hallmark_origin,
            last_value(_hallmark_origin, true) {{ of_a_key }} rows between unbounded preceding and 1 preceding)
        ) as _hallmark_origin,
        _hallmark_known,
        case
            when _hallmark_known is not null then _hallmark_known
            when _hallmark_there and lag(_hallmark_there) {{ of_a_key }}) then 'U'
            when _hallmark_there then 'I'
            when lag(_hallmark_there) {{ of_a_key }}) then 'D'
        end as _hallmark_status
    from states
),

compared as (
    select *, lag(_hallmark_status) {{ of_a_key }}) as _hallmark_before
    from judged
)

select
    {{ keys }},
    {{ instant }},
    {{ hallmark.names(src_source, '_hallmark_origin') }},
    _hallmark_status as {{ status }}
    {%- if src_hashdiff %},
    {{ hallmark.hash_diff(['_hallmark_status']) }} as {{ hallmark.names(src_hashdiff) }}
    {%- endif %}
from compared
where _hallmark_known is null
    and _hallmark_status is not null
    and not _hallmark_status <=> _hallmark_before
{%- endmacro -%}
