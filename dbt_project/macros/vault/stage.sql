{#-
  Stage: a source's columns with derived, null-replaced, hashed and ranked ones, ready for the vault's tables.

  Layers, each of which sees the columns of those before it and of the source, and takes the place of a column of the
  same name (never mind its case):
    derived_columns  {NAME: value}; a value is a column, an expression of SQL, a constant `!text`, a list of those (joined
                     by the variable `concat_string`), or {source_column: value, escape: true}, which quotes names
    null_columns     {required: names, optional: names}; NAME has the variable `null_key_required` ('-1') or
                     `null_key_optional` ('-2') for a null, NAME_ORIGINAL what the source said
    hashed_columns   {NAME: column, list of columns or `!constants`, or {is_hashdiff, columns, exclude_columns}}
                     (hashing.sql has the rules); `exclude_columns: true` hashes all that derived columns and source
                     have but `columns`
    ranked_columns   {NAME: {partition_by, order_by, dense_rank}}; `order_by` takes names and {name: DESC}
  `include_source_columns: false` leaves only the columns of the layers. `source_model` is a model, or {source: table}.

  The source's columns are asked at run time. Those of an ephemeral model can't be: it works, but a derived or hashed
  column may not have a name of the source there, and `exclude_columns` is refused.
  Source: AutomateDV's documentation, macros/stage_macro_configurations.md, best_practises/null_handling.md, escaping.md.
-#}
{%- macro stage(include_source_columns=true, source_model=none, derived_columns=none, null_columns=none,
                hashed_columns=none, ranked_columns=none) -%}
{%- if not execute -%}
    {%- if source_model is string or source_model is mapping -%}{%- do hallmark.stage_source(source_model) -%}{%- endif -%}
    {%- do return('select 1 as nothing') -%}
{%- endif -%}
{%- do hallmark.require_no_more('stage', varargs, kwargs) -%}
{%- do hallmark.require_arguments('stage', {'source_model': source_model}) -%}
{%- for argument, value in {'derived_columns': derived_columns, 'null_columns': null_columns,
                            'hashed_columns': hashed_columns, 'ranked_columns': ranked_columns}.items() -%}
    {%- if value and value is not mapping -%}
        {%- do hallmark.refuse('stage(' ~ argument ~ ')', value, 'a dictionary: a column\'s name to what it is made of') -%}
    {%- endif -%}
{%- endfor -%}
{%- set relation = hallmark.stage_source(source_model) -%}
{%- set known = hallmark.columns_of(relation) -%}
{%- set all_columns = true if include_source_columns is none or include_source_columns is undefined else include_source_columns -%}
{%- set state = namespace(scope=known, before=relation, layers=[], made=[], copies=[]) -%}

{%- for argument, value, layer in [
    ('derived_columns', derived_columns, hallmark.derived_layer), ('null_columns', null_columns, hallmark.null_layer),
    ('hashed_columns', hashed_columns, hallmark.hashed_layer), ('ranked_columns', ranked_columns, hallmark.ranked_layer),
] -%}
    {%- if value -%}
        {%- set scope = state.scope if known else [] -%}
        {%- set items = layer(value, scope, state.copies) if argument == 'hashed_columns' else layer(value, scope) -%}
        {%- set names = items | map(attribute='name') | list -%}
        {%- do hallmark.require_once('stage(' ~ argument ~ ')', names) -%}
        {%- set kept = hallmark.without(state.scope, names) -%}
        {%- set carried = hallmark.names(kept) if known else hallmark.carried_from_unknown(argument, names) -%}
        {%- set new = [] -%}
        {%- for item in items -%}{%- do new.append(item.sql ~ ' as ' ~ hallmark.quoted(item.name)) -%}{%- endfor -%}
        {%- set selected = ([carried] if carried else []) + new -%}
        {%- do state.layers.append(argument ~ ' as (\n    select\n        ' ~ (selected | join(',\n        '))
                                   ~ '\n    from ' ~ state.before ~ '\n)') -%}
        {%- if argument == 'null_columns' -%}{%- set state.copies = names[::2] -%}{%- endif -%}
        {%- set state.before = argument -%}
        {%- set state.scope = kept + names -%}
        {%- set state.made = hallmark.without(state.made, names) + names -%}
    {%- endif -%}
{%- endfor -%}

{%- if not all_columns and not state.made -%}
    {%- do hallmark.refuse('stage(include_source_columns)', 'false, and nothing else to select',
                           'columns: derived, null, hashed or ranked ones, or those of the source') -%}
{%- endif -%}
{%- if not all_columns -%}{%- set chosen = hallmark.names(state.made) -%}
{%- else -%}{%- set chosen = hallmark.names(state.scope) if known else '*' -%}
{%- endif -%}
{%- if state.layers -%}with {{ state.layers | join(',\n\n') }}

{% endif -%}
select {{ chosen }}
from {{ state.before }}
{%- endmacro -%}

{#- The relation of `source_model`: a model's name, or one source with one table. -#}
{%- macro stage_source(source_model) -%}
    {%- if source_model is string -%}{%- do return(ref(source_model)) -%}{%- endif -%}
    {%- if source_model is not mapping or source_model | length != 1 -%}
        {%- do hallmark.refuse('stage(source_model)', source_model, 'one model\'s name, or one {source: table}') -%}
    {%- endif -%}
    {%- for name, table in source_model.items() -%}{%- do return(source(name, table)) -%}{%- endfor -%}
{%- endmacro -%}

{#- No name twice in a layer; Spark compares names without case. -#}
{%- macro require_once(where, names) -%}
    {%- set seen = [] -%}
    {%- for name in names -%}
        {%- if name | lower in seen -%}
            {%- do hallmark.refuse(where, 'the column ' ~ name ~ ' twice', 'each column once, never mind its case') -%}
        {%- endif -%}
        {%- do seen.append(name | lower) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Of a source that can't be asked: all its columns, but those that null columns certainly replace. -#}
{%- macro carried_from_unknown(argument, names) -%}
    {%- if argument != 'null_columns' -%}{%- do return('*') -%}{%- endif -%}
    {%- set replaced = [] -%}
    {%- for name in names[1::2] -%}{%- do replaced.append(hallmark.quoted(name)) -%}{%- endfor -%}
    {%- do return('* except (' ~ (replaced | join(', ')) ~ ')') -%}
{%- endmacro -%}
