{#-
  An entity as it was known at one time to be at another (bitemporal): one row for every key of a hub or link that had
  been loaded by `known_at`, with the row of each satellite that was valid.

  Columns: src_pk, and of each satellite its payload and its load date as `<SATELLITE>_<suffix>`; nulls where no row is.

  source_model: the hub or link. src_pk: its key. src_ldts: its load date. satellites: as for `pit`, and in each
  `payload` (columns, with aliases if wanted) and `eff` (the column of `src_eff`).
  known_at: rows that were loaded by then count, by default all. effective_at: of a satellite with `eff`, rows that were
  effective by then count, and the one that took effect last is taken; of rows that took effect at once, the one that
  was loaded last (a correction). A satellite that has no such column says so, beside effective_at: `'eff': none`. Of it,
  and without effective_at, the one that was loaded last.
  Of rows that are equal in that, too, the one with the greatest payload: the answer never depends on luck.

  `hallmark.silver.as_of.as_of` is the same in Python.
-#}
{%- macro as_of(source_model, src_pk, satellites, src_ldts, known_at=none, effective_at=none) -%}
{%- if not execute -%}{%- do return(hallmark.mention([source_model, satellites])) -%}{%- endif -%}
{%- do hallmark.require_no_more('as_of', varargs, kwargs) -%}
{%- do hallmark.require_arguments('as_of', {
    'source_model': source_model, 'src_pk': src_pk, 'satellites': satellites, 'src_ldts': src_ldts,
}) -%}
{%- do hallmark.require_column_form('as_of', {'src_pk': src_pk, 'src_ldts': src_ldts}) -%}
{%- set hub, keys = ref(source_model), hallmark.as_list(src_pk) -%}
{%- do hallmark.require_columns('as_of', hub, {'src_pk': src_pk, 'src_ldts': src_ldts}) -%}
{%- set sats = hallmark.pit_satellites(satellites, src_pk, 'as_of') -%}
{%- set made = {'src_pk': src_pk, 'satellites': []} -%}
{%- for sat in sats -%}
    {%- if effective_at and not sat.says_eff -%}
        {%- do hallmark.refuse(
            'as_of(effective_at)', effective_at ~ ', and ' ~ sat.name ~ ' without eff',
            "'eff': column for every satellite",
            "write 'eff': none for one that has none: of it, what was loaded last is taken") -%}
    {%- endif -%}
    {%- do hallmark.require_columns('as_of', sat.relation, {'satellites': [sat.payload, sat.eff]}) -%}
    {%- do made.satellites.extend([sat.payload, sat.ldts_name]) -%}
{%- endfor -%}
{%- do hallmark.require_distinct('as_of', made) -%}
{%- set known = hallmark.told_time('as_of(known_at)', known_at) if known_at else none -%}
{%- set effective = hallmark.told_time('as_of(effective_at)', effective_at) if effective_at else none -%}
with entities as (
    select distinct {{ hallmark.selected(src_pk) }}
    from {{ hub }}
    where {{ hallmark.quoted(src_ldts) ~ ' <= ' ~ known if known else 'true' }}
)
{%- for sat in sats %}
{%- set ldts, eff = hallmark.quoted(sat.ldts), hallmark.quoted(sat.eff) if sat.eff and effective else none %},

sat_{{ loop.index }} as (
    select
        {{ hallmark.names(sat.key_columns) }},
        max(struct(
            {%- if eff %}{{ eff }} as _effective, {% endif -%}
            {{ ldts }} as _loaded
            {%- for pair in hallmark.column_pairs(sat.payload) -%}
            , {{ hallmark.quoted(pair.source) }} as _{{ loop.index }}
            {%- endfor -%}
        )) as _valid
    from {{ sat.relation }}
    where {{ ldts ~ ' <= ' ~ known if known else ldts ~ ' is not null' }}
    {%- if eff %} and {{ eff }} <= {{ effective }}{% endif %}
    group by {{ hallmark.names(sat.key_columns) }}
)
{%- endfor %}

select
    {{ hallmark.names(keys, 'entities') }}
    {%- for sat in sats %}
    {%- set number = loop.index %}
    {%- for name in hallmark.as_list(sat.payload) %},
    sat_{{ number }}._valid._{{ loop.index }} as {{ hallmark.quoted(name) }}
    {%- endfor %},
    sat_{{ number }}._valid._loaded as {{ hallmark.quoted(sat.ldts_name) }}
    {%- endfor %}
from entities
{%- for sat in sats %}
{%- set number = loop.index %}
left join sat_{{ number }} on
    {%- for key in keys %}
    {{ hallmark.quoted(sat.key_columns[loop.index0], 'sat_' ~ number) }} = {{ hallmark.quoted(key, 'entities') }}
    {{- ' and' if not loop.last }}
    {%- endfor %}
{%- endfor %}
{%- endmacro -%}
