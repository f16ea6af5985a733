{#-
  Effectivity satellite: when the relationships of a link were open.

  Columns: `src_pk`, `src_dfk`, `src_sfk`, `src_start_date`, `src_end_date`, `src_extra_columns`, `src_eff`, `src_ldts`,
  `src_source`. A row whose end lies on the day of the variable `max_datetime` is open, one without an end is neither, any
  other closed. Arguments as AutomateDV documents them (macros/index.md, eff_sat): `src_dfk` is the side of the link that
  stays (the driving key), `src_sfk` the side that changes; each may be several columns.

  Rules:
  - A row without one of the columns of `src_dfk` or `src_sfk` is not loaded; the same row twice is one row.
  - A first load takes all rows. A later one compares with the latest row of the relationship in the table:
    - a relationship that is new: the row as it is;
    - the latest is closed and the row is open: reopened, the row as it is;
    - the latest is open and the row is closed: closed, the row as it is but with the record source of the opening;
    - open and open, closed and closed: nothing.
  - With the config, `meta` or variable `is_auto_end_dating`, a row whose driving key has another relationship open
    closes that one: its start date and record source stay, its end and effective date are the row's effective date.
    Rows that are closed in the source then close nothing of their own (another relationship they do), and a reopened
    relationship starts at the effective date.
  - `src_order` (not AutomateDV's): see ordered_effectivity.sql.
  Where the documentation leaves it open: of rows of one load date the one that is effective last is the latest; a row
  that the table has already is never added again; an automatically closed row keeps the extra columns of the opening.
  A load holds one row a relationship: several changes of one in a load are all compared with the table as it was.

  Cost: rows of the load's keys (with `is_auto_end_dating`: driving keys) alone are kept of the table, in one scan.
-#}
{%- macro eff_sat(src_pk, src_dfk, src_sfk, src_extra_columns=none, src_start_date=none, src_end_date=none, src_eff=none,
                  src_ldts=none, src_source=none, source_model=none, src_order=none) -%}
{%- do hallmark.require_no_more('eff_sat', varargs, kwargs) -%}
{%- do hallmark.require_arguments('eff_sat', {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
    'src_end_date': src_end_date, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
    'source_model': source_model,
}) -%}
{%- set source = hallmark.only_source('eff_sat', source_model) -%}
{%- if not source -%}{%- do return('') -%}{%- endif -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
    'src_end_date': src_end_date, 'src_extra_columns': src_extra_columns, 'src_eff': src_eff, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{%- do hallmark.require_column_form('eff_sat', dict(arguments, src_order=src_order)) -%}
{%- do hallmark.require_distinct('eff_sat', arguments) -%}
{%- do hallmark.require_one_each('eff_sat', {
    'src_start_date': src_start_date, 'src_end_date': src_end_date, 'src_eff': src_eff, 'src_ldts': src_ldts,
}) -%}
{%- if src_order -%}{%- do return(hallmark.ordered_effectivity(arguments, src_order, source)) -%}{%- endif -%}
{%- do hallmark.require_columns('eff_sat', ref(source), arguments) -%}
{%- set columns = arguments.values() | list -%}
{%- set grows = hallmark.is_increment() -%}
with source_rows as (
    {#- a later load is made distinct at its end #}
    select {{ '' if grows else 'distinct ' }}{{ hallmark.selected(columns, 'staged') }}
    from {{ ref(source) }} as staged
    where {{ hallmark.all_present([src_dfk, src_sfk], 'staged') }} {{- hallmark.load_filter() }}
)
{%- if not grows %}

select {{ hallmark.names(columns) }} from source_rows
{%- else %},
{{ hallmark.changed_effectivity(arguments, columns, hallmark.is_on('is_auto_end_dating')) }}
{%- endif %}
{%- endmacro -%}

{#- The rows that open, reopen or close a relationship, out of `source_rows` and the table. -#}
{%- macro changed_effectivity(arguments, columns, ends_by_itself) -%}
{%- set pk = arguments['src_pk'] -%}
{%- set sought = arguments['src_dfk'] if ends_by_itself else pk -%}
{%- set start, end = hallmark.as_list(arguments['src_start_date'])[0], hallmark.as_list(arguments['src_end_date'])[0] -%}
{%- set eff, ldts = hallmark.as_list(arguments['src_eff'])[0], hallmark.as_list(arguments['src_ldts'])[0] -%}
{%- set forever = hallmark.forever() -%}
{%- set types, typed = hallmark.column_types(this), {} -%}
{%- for name in [start, end, eff, ldts] -%}
    {%- do typed.update({name: hallmark.type_of(name, types)}) -%}
{%- endfor -%}
{%- set source_is_open = 'to_date(source_rows.' ~ hallmark.quoted(end) ~ ') = ' ~ forever %}
loaded_keys as (
    select
        {{ hallmark.names(sought) }},
        {{ hallmark.of_type('min(' ~ hallmark.quoted(ldts) ~ ')', hallmark.type_to_compare(typed[ldts])) }} as _hallmark_oldest
    from source_rows
    group by {{ hallmark.names(sought) }}
),

{% if ends_by_itself -%}
loaded_relationships as (
    select distinct {{ hallmark.names(pk) }}, true as _hallmark_is_loaded from source_rows
),

{% endif -%}
-- The latest row of each relationship that the load may end or names itself, and rows that it may bring again. Not all
-- that a driving key ever had: of one that stands for missing keys these may be most of the table.
latest as (
    select relationships.*
    from (
        select
            {{ hallmark.names(columns, 'known') }},
            row_number() over (
                partition by {{ hallmark.names(pk, 'known') }}
                order by {% for name in [ldts, eff, end, start] -%}
                    {{ hallmark.quoted(name, 'known') }} desc{{ '' if loop.last else ', ' }}
                {%- endfor %}
            ) = 1 as _hallmark_is_latest,
            known.{{ hallmark.quoted(ldts) }} >= loaded_keys._hallmark_oldest as _hallmark_is_recent,
            to_date(known.{{ hallmark.quoted(end) }}) = {{ forever }} as _hallmark_is_open
        from {{ this }} as known
        join loaded_keys on {{ hallmark.keys_found(sought, 'known', 'loaded_keys') }}
    ) as relationships
    {% if ends_by_itself -%}
    left join loaded_relationships on {{ hallmark.keys_equal(pk, 'relationships', 'loaded_relationships') }}
    where _hallmark_is_recent or (_hallmark_is_latest and (_hallmark_is_open or _hallmark_is_loaded))
    {%- else -%}
    where _hallmark_is_latest or _hallmark_is_recent
    {%- endif %}
),

-- As lists, so that one join is enough: to name `latest` twice would read the table twice.
listed as (
    select
        {{ hallmark.names(sought) }},
        collect_list(struct(*)) filter (where _hallmark_is_latest) as _hallmark_latest,
        collect_list(struct({{ hallmark.names([pk, start, end, eff, ldts]) }})) filter (where _hallmark_is_recent) as _hallmark_recent
    from latest
    group by {{ hallmark.names(sought) }}
),

met as (
    select
        source_rows.*,
        _hallmark_recent,
        get(filter(
            _hallmark_latest, known -> {{ hallmark.keys_equal(pk, 'known', 'source_rows') }}
        ), 0) as _hallmark_same,
        -- whatever its start: that of a reopened relationship is not the one that its row came with
        coalesce(exists(
            _hallmark_recent,
            known -> {{ hallmark.keys_equal(pk, 'known', 'source_rows') }}
                {%- for name in [end, eff, ldts] %}
                and known.{{ hallmark.quoted(name) }} <=> {{ hallmark.of_type(
                    hallmark.quoted(name, 'source_rows'), hallmark.type_to_compare(typed[name])) }}
                {%- endfor %}
        ), false) as _hallmark_is_known
        {%- if ends_by_itself %},
        -- a place for the row itself, and one for each other relationship that it closes
        array_prepend(filter(
            _hallmark_latest,
            known -> known._hallmark_is_open
                and not ({{ hallmark.keys_equal(arguments['src_sfk'], 'known', 'source_rows') }})
        ), null) as _hallmark_closes
        {%- endif %}
    from source_rows
    left join listed on {{ hallmark.keys_equal(sought, 'source_rows', 'listed') }}
),

changes as (
    select
        {% if ends_by_itself -%}
        {{ hallmark.ended_or_begun(columns, start, end, eff, ldts, typed) }},
        {%- else -%}
        {{ hallmark.with_opening(columns, hallmark.as_list(arguments['src_source']), typed) }},
        {%- endif %}
        _hallmark_recent
    from met as source_rows
    {%- if ends_by_itself %}
    lateral view outer explode(_hallmark_closes) closings as _hallmark_closed
    {%- endif %}
    where
        -- a row that comes once more ends nothing either
        not _hallmark_is_known
        and (
            _hallmark_same is null
            or (not _hallmark_same._hallmark_is_open and {{ source_is_open }})
            {{ 'or _hallmark_closed is not null' if ends_by_itself
                else 'or (_hallmark_same._hallmark_is_open and not ' ~ source_is_open ~ ')' }}
        )
)

select distinct {{ hallmark.names(columns) }}
from changes
where not coalesce(exists(
    _hallmark_recent,
    known -> {{ hallmark.keys_equal(pk, 'known', 'changes') }}
        and {{ hallmark.rows_agree([start, end, eff, ldts], 'known', 'changes') }}
), false)
{%- endmacro -%}

{#-
  The columns of a row of the load, or of the relationship that it closes: that one ends when the row takes effect.
  `typed` are types of the table: an end may be a day there, and an effective time one of its hours.
-#}
{%- macro ended_or_begun(columns, start, end, eff, ldts, typed) -%}
    {%- set from_source = hallmark.quoted(eff, 'source_rows') -%}
    {%- set ended = {end: from_source, eff: from_source, ldts: hallmark.quoted(ldts, 'source_rows')} -%}
    {%- set begun = {
        start: 'if(_hallmark_same is null, ' ~ hallmark.quoted(start, 'source_rows') ~ ', ' ~ from_source ~ ')',
    } -%}
    {%- set parts = [] -%}
    {%- for name in hallmark.as_list(columns) -%}
        {%- set closed = ended.get(name, hallmark.quoted(name, '_hallmark_closed')) -%}
        {%- set own = begun.get(name, hallmark.quoted(name, 'source_rows')) -%}
        {%- set either = 'if(_hallmark_closed is null, ' ~ own ~ ', ' ~ closed ~ ')' -%}
        {%- do parts.append(hallmark.of_type(either, typed.get(name)) ~ ' as ' ~ hallmark.quoted(name)) -%}
    {%- endfor -%}
    {%- do return(parts | join(', ')) -%}
{%- endmacro -%}

{#- The columns of a row of the load; one that closes a relationship has the `record_source` that opened it. -#}
{%- macro with_opening(columns, record_source, typed) -%}
    {%- set parts = [] -%}
    {%- for name in hallmark.as_list(columns) -%}
        {%- set own, openings = hallmark.quoted(name, 'source_rows'), hallmark.quoted(name, '_hallmark_same') -%}
        {%- set found = 'if(_hallmark_same._hallmark_is_open, ' ~ openings ~ ', ' ~ own ~ ')' -%}
        {%- do parts.append(
            hallmark.of_type(found if name in record_source else own, typed.get(name)) ~ ' as ' ~ hallmark.quoted(name)
        ) -%}
    {%- endfor -%}
    {%- do return(parts | join(', ')) -%}
{%- endmacro -%}
