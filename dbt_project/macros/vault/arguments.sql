{#- A column argument as a list of names: none, one name, names, or dictionaries with an alias (the name they get). -#}
{%- macro as_list(value, where='a column') -%}
    {%- do return(hallmark.column_pairs(value, where) | map(attribute='name') | list) -%}
{%- endmacro -%}

{#-
  A column argument as a list of `{source, name}`. It may be none, one name, a dictionary `{source_column, alias}`, or
  a (nested) list of those; a dictionary renames a column on its way into the table. `where`, the macro and argument, is
  for the letter about anything else; most calls have none, as `require_column_form` has looked before them.
-#}
{%- macro column_pairs(value, where='a column') -%}
    {%- set wanted = 'a name, a list of names, or a dictionary with source_column and alias' -%}
    {%- set pairs = [] -%}
    {%- if value is string -%}
        {%- do pairs.append({'source': value, 'name': value}) -%}
    {%- elif value is mapping -%}
        {%- set lacking = ['source_column', 'alias'] | reject('in', value) | list -%}
        {%- if lacking -%}
            {%- do hallmark.refuse(where, 'a dictionary without ' ~ (lacking | join(' and ')) ~ ': ' ~ value, wanted) -%}
        {%- else -%}
            {%- do pairs.append({'source': value['source_column'], 'name': value['alias']}) -%}
        {%- endif -%}
    {%- elif value is iterable -%}
        {%- for part in value -%}
            {%- do pairs.extend(hallmark.column_pairs(part, where)) -%}
        {%- endfor -%}
    {%- elif value is not none and value is not undefined -%}
        {%- do hallmark.refuse(where, value, wanted) -%}
    {%- endif -%}
    {%- do return(pairs) -%}
{%- endmacro -%}

{#- A name as Spark takes it, whatever letters are in it; one that is quoted already stays as it is. -#}
{%- macro quoted(name, of=none) -%}
    {%- set own = name if name.startswith('`') else '`' ~ name | replace('`', '``') ~ '`' -%}
    {%- do return((of ~ '.' if of else '') ~ own) -%}
{%- endmacro -%}

{#- `` `a`, `b` ``: the columns of an argument under the names they have in the table. -#}
{%- macro names(columns, of=none) -%}
    {%- set quoted = [] -%}
    {%- for name in hallmark.as_list(columns) -%}
        {%- do quoted.append(hallmark.quoted(name, of)) -%}
    {%- endfor -%}
    {%- do return(quoted | join(', ')) -%}
{%- endmacro -%}

{#- `` a.`x`, a.`y` as `z` ``: the columns of an argument as they are read from a source. -#}
{%- macro selected(columns, of=none) -%}
    {%- set parts = [] -%}
    {%- for pair in hallmark.column_pairs(columns) -%}
        {%- set renamed = ' as ' ~ hallmark.quoted(pair.name) if pair.name != pair.source else '' -%}
        {%- do parts.append(hallmark.quoted(pair.source, of) ~ renamed) -%}
    {%- endfor -%}
    {%- do return(parts | join(', ')) -%}
{%- endmacro -%}

{#- `names` but those in `others`, never mind the case. -#}
{%- macro without(names, others) -%}
    {%- set gone = others | map('lower') | list -%}
    {%- set kept = [] -%}
    {%- for name in names -%}
        {%- if name | lower not in gone -%}{%- do kept.append(name) -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(kept) -%}
{%- endmacro -%}

{#- `a.x <=> b.x and a.y <=> b.y`: two rows agree on these columns, nulls included. -#}
{%- macro rows_agree(columns, left, right) -%}
    {%- for column in hallmark.as_list(columns) -%}
        {{ hallmark.quoted(column, left) }} <=> {{ hallmark.quoted(column, right) }}
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- `a.x = b.x and a.y = b.y`: a join on keys that are never null; Spark hashes it without a thought for nulls. -#}
{%- macro keys_equal(columns, left, right) -%}
    {%- for column in hallmark.as_list(columns) -%}
        {{ hallmark.quoted(column, left) }} = {{ hallmark.quoted(column, right) }}
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#-
  The same for a long table that meets the few keys of a load. Texts and bytes, such as hashes, are found by a 64-bit hash
  of theirs, which Spark looks up without a copy of each key (8 million keys: a fifth less CPU for the join), and then
  compared; with `=` for that, Spark would look them up by both. Which way it is, Spark knows when it plans, by the types.
-#}
{%- macro keys_found(columns, left, right) -%}
    {%- set same_types, compared = [], [] -%}
    {%- for column in hallmark.as_list(columns) -%}
        {%- set a, b = hallmark.quoted(column, left), hallmark.quoted(column, right) -%}
        {%- do same_types.append('typeof(' ~ a ~ ") in ('string', 'binary') and typeof(" ~ a ~ ') = typeof(' ~ b ~ ')') -%}
        {%- do compared.append(a ~ ' <= ' ~ b ~ ' and ' ~ a ~ ' >= ' ~ b) -%}
    {%- endfor -%}
    if(
        {{ same_types | join(' and ') }},
        xxhash64({{ hallmark.names(columns, left) }}) = xxhash64({{ hallmark.names(columns, right) }})
            and {{ compared | join(' and ') }},
        {{ hallmark.keys_equal(columns, left, right) }}
    )
{%- endmacro -%}

{#- `x is not null and y is not null`, of names as they are in the source -#}
{%- macro all_present(columns, of=none) -%}
    {%- for pair in hallmark.column_pairs(columns) -%}
        {{ hallmark.quoted(pair.source, of) }} is not null
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- A text as a literal of SQL. -#}
{%- macro sql_text(text) -%}
    {%- do return("'" ~ text | string | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") -%}
{%- endmacro -%}

{#- An expression, cast to a type where one is given. -#}
{%- macro of_type(sql, type) -%}
    {%- do return('cast(' ~ sql ~ ' as ' ~ type ~ ')' if type else sql) -%}
{%- endmacro -%}

{#- A constant (`!text`) has its mark taken off and is a literal; none, when it is no constant. -#}
{%- macro constant(value) -%}
    {%- if value is string and value.startswith('!') -%}{%- do return(hallmark.sql_text(value[1:])) -%}{%- endif -%}
{%- endmacro -%}

{#- What can't be a plain name is an expression of SQL: it has a quote, a bracket, a dot, a cast `::` or a `||`. -#}
{%- macro is_expression(text) -%}
    {%- do return(modules.re.search('[`\'"().]|::|[|][|]', text) is not none) -%}
{%- endmacro -%}

{#- A constant, an expression or the name of a column, as SQL. -#}
{%- macro sql_term(value) -%}
    {%- set value = value | string -%}
    {%- set literal = hallmark.constant(value) -%}
    {%- if literal -%}{%- do return(literal) -%}{%- endif -%}
    {%- do return(value if hallmark.is_expression(value) else hallmark.quoted(value)) -%}
{%- endmacro -%}

{#- `a.x, a.y`: names behind a prefix, quoted only where they must be (AutomateDV's supporting macro `prefix`). -#}
{%- macro prefix(columns, prefix_str) -%}
    {%- do hallmark.require_no_more('prefix', varargs, kwargs) -%}
    {%- do hallmark.require_arguments('prefix', {'columns': columns, 'prefix_str': prefix_str}) -%}
    {%- set prefixed = [] -%}
    {%- for pair in hallmark.column_pairs(columns, 'prefix(columns)') -%}
        {%- set plain = modules.re.fullmatch('\\w+', pair.source) -%}
        {%- do prefixed.append(prefix_str ~ '.' ~ (pair.source if plain else hallmark.quoted(pair.source))) -%}
    {%- endfor -%}
    {{ prefixed | join(', ') }}
{%- endmacro -%}
