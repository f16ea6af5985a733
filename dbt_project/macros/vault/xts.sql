{#-
  Extended tracking satellite: one row for each record that was staged for a satellite, changed or not. It holds for
  many satellites of one hub or link which version of a key was loaded when, so that late data finds its place.

  Columns: src_pk, the hash (HASHDIFF), the satellite's name (SATELLITE_NAME), src_extra_columns, src_ldts, src_source.

  src_pk             the key of the hub or link; one column or several. A row without it is not loaded.
  src_satellite      the satellites, each under any word:
                     {word: {sat_name: {SATELLITE_NAME: column of its name}, hashdiff: {HASHDIFF: column of its hash}}}.
                     The keys of the two inner dictionaries name the columns of the table, the same for all satellites.
  src_extra_columns  any more columns; optional.
  src_ldts           when the row was loaded.
  src_source         where the row came from.
  source_model       the staging model, or a list of models that all have the columns of all satellites.

  A load adds the distinct rows whose src_pk, satellite, hash and src_ldts the table does not hold together. The example
  in AutomateDV's documentation of `xts` compares without src_pk, which is the same where the hash has the business key
  in it and would lose records where it has not; its text wants all records tracked. Each source is read once, however
  many satellites there are.
-#}
{%- macro xts(src_pk, src_satellite, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
{%- do hallmark.require_no_more('xts', varargs, kwargs) -%}
{%- do hallmark.require_arguments('xts', {
    'src_pk': src_pk, 'src_satellite': src_satellite, 'src_ldts': src_ldts, 'src_source': src_source,
    'source_model': source_model,
}) -%}
{%- set tracked = hallmark.tracked_satellites(src_satellite) -%}
{%- set arguments = {
    'src_pk': src_pk, 'src_satellite': tracked.names, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{%- do hallmark.require_distinct('xts', arguments) -%}
{%- set staged = {
    'src_pk': src_pk, 'src_satellite': tracked.columns, 'src_extra_columns': src_extra_columns, 'src_ldts': src_ldts,
    'src_source': src_source,
} -%}
{%- set own = [src_extra_columns, src_ldts, src_source] -%}
{%- set seen = hallmark.keys_equal(src_pk, 'known', 'source_rows') ~ ' and '
             ~ hallmark.rows_agree(tracked.names, 'known', 'source_rows') ~ ' and ' ~ hallmark.same_load(src_ldts) -%}
with source_rows as (
    {%- for name in hallmark.source_names(source_model) %}
    {%- set relation = ref(name) -%}
    {%- do hallmark.require_columns('xts', relation, staged) %}
    select
        {{ hallmark.selected(src_pk, 'staged') }},
        {{ hallmark.names(tracked.names, 'tracked') }},
        {{ hallmark.selected(own, 'staged') }}
    from {{ relation }} as staged
    lateral view inline(array(
        {%- for pair in tracked.pairs %}
        struct({{ hallmark.selected(pair, 'staged') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )) tracked as {{ hallmark.names(tracked.names) }}
    where {{ hallmark.all_present(src_pk, 'staged') }} {{- hallmark.load_filter() }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

unknown_rows as (
    {{ hallmark.unknown_rows(seen, src_pk) }}
)

{{ hallmark.distinct_rows(arguments.values() | list, 'unknown_rows') }}
{%- endmacro -%}

{#- `src_satellite` as names of the two output columns, pairs of source columns (hash, name) under them, and all those columns. -#}
{%- macro tracked_satellites(src_satellite) -%}
    {%- set wanted = 'a dictionary of satellites, each {sat_name: {SATELLITE_NAME: column}, hashdiff: {HASHDIFF: column}}' -%}
    {%- if src_satellite is not mapping -%}
        {%- do hallmark.refuse('xts(src_satellite)', src_satellite, wanted) -%}
    {%- endif -%}
    {%- set found = {'names': none, 'pairs': [], 'columns': []} -%}
    {%- for satellite, parts in (src_satellite if src_satellite is mapping else {}).items() -%}
        {%- set pair = {} -%}
        {%- for part in ['hashdiff', 'sat_name'] -%}
            {%- if parts is not mapping or parts[part] is not mapping or parts[part] | length != 1 -%}
                {%- do hallmark.refuse('xts(src_satellite)', satellite ~ ': ' ~ parts, wanted) -%}
            {%- endif -%}
            {%- if parts is mapping and parts[part] is mapping -%}{%- do pair.update(parts[part]) -%}{%- endif -%}
        {%- endfor -%}
        {%- set names = pair.keys() | list -%}
        {%- if found.names is not none and names != found.names -%}
            {%- do hallmark.refuse(
                'xts(src_satellite)', satellite ~ ' with the columns ' ~ (names | join(', ')),
                'the same columns for all satellites: ' ~ (found.names | join(', '))) -%}
        {%- endif -%}
        {%- do found.update({'names': names}) -%}
        {%- set columns = [] -%}
        {%- for name, column in pair.items() -%}
            {%- do columns.append({'source_column': column, 'alias': name}) -%}
        {%- endfor -%}
        {%- do found.pairs.append(columns) -%}
        {%- do found.columns.extend(pair.values()) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro -%}
