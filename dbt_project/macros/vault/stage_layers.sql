{#-
  The layers of `stage`: each takes its configuration and the columns that it may read (none: not known), and gives
  `[{name, sql}]`.
-#}

{#- {NAME: value}: columns, expressions, constants, and lists of them. -#}
{%- macro derived_layer(columns, scope) -%}
    {%- set items = [] -%}
    {%- for name, value in columns.items() -%}
        {%- set where = 'stage(derived_columns.' ~ name ~ ')' -%}
        {%- set escape = false -%}
        {%- if value is mapping -%}
            {%- do hallmark.require_keys(where, value, ['source_column'], ['escape']) -%}
            {%- set escape = value.escape | default(false) -%}
            {%- set value = value.source_column -%}
        {%- endif -%}
        {%- set parts = [] -%}
        {%- for part in ([value] if value is string or value is not iterable else value) -%}
            {%- do parts.append(hallmark.derived_term(where, part, scope, escape, columns.keys() | map('string') | list)) -%}
        {%- endfor -%}
        {%- if not parts -%}{%- do hallmark.refuse(where, 'no columns', 'a column, or a list of them') -%}{%- endif -%}
        {%- if value is string or value is not iterable -%}
            {%- set sql = parts[0] -%}
        {%- else -%}
            {%- set texts = [] -%}
            {%- for part in parts -%}{%- do texts.append('cast(' ~ part ~ ' as string)') -%}{%- endfor -%}
            {%- set joiner = hallmark.sql_text(var('concat_string', '||')) -%}
            {%- set sql = 'concat_ws(' ~ joiner ~ ', ' ~ (texts | join(', ')) ~ ')' -%}
        {%- endif -%}
        {%- do items.append({'name': hallmark.plain(name), 'sql': sql}) -%}
    {%- endfor -%}
    {%- do return(items) -%}
{%- endmacro -%}

{#- One value of a derived column. Only what is a name beyond doubt is taken for one; the rest is SQL as it stands. -#}
{%- macro derived_term(where, value, scope, escape, siblings) -%}
    {%- set literal = hallmark.constant(value) -%}
    {%- if literal -%}{%- do return(literal) -%}{%- endif -%}
    {%- if value is none -%}{%- do hallmark.refuse(where, 'nothing', 'a column, an expression or a !constant') -%}{%- endif -%}
    {%- set text = value | string -%}
    {%- if hallmark.found_in(text, scope) -%}{%- do return(hallmark.quoted(hallmark.found_in(text, scope))) -%}{%- endif -%}
    {%- set escape = escape and not (scope and hallmark.is_expression(text)) -%}
    {%- set is_name = escape or modules.re.fullmatch('[A-Za-z_]\\w*', text) -%}
    {%- set keywords = ['null', 'true', 'false', 'current_date', 'current_timestamp', 'current_time', 'localtimestamp',
                        'current_user', 'session_user', 'user'] -%}
    {%- if is_name and scope and text | lower not in keywords and not hallmark.found_in(text, siblings) -%}
        {%- do hallmark.refuse_column(where, text, scope) -%}
    {%- endif -%}
    {%- do return(hallmark.quoted(text) if escape else text) -%}
{%- endmacro -%}

{#- {required: names, optional: names}: NAME_ORIGINAL, then NAME with something in the place of a null. -#}
{%- macro null_layer(columns, scope) -%}
    {%- do hallmark.require_keys('stage(null_columns)', columns, [], ['required', 'optional']) -%}
    {%- set items = [] -%}
    {%- for kind, instead in [('required', var('null_key_required', '-1')), ('optional', var('null_key_optional', '-2'))] -%}
        {%- set where = 'stage(null_columns.' ~ kind ~ ')' -%}
        {%- for given in hallmark.as_list(columns.get(kind), where) -%}
            {%- set column = hallmark.column_in(where, given, scope) -%}
            {%- set original = hallmark.plain(given) ~ '_ORIGINAL' -%}
            {%- if hallmark.found_in(original, scope) -%}
                {%- do hallmark.refuse(where, 'a column ' ~ original ~ ' that is there already', 'a source without it',
                                       'give it another name in derived_columns, or leave it out of the source') -%}
            {%- endif -%}
            {%- do items.append({'name': original, 'sql': column}) -%}
            {%- do items.append({'name': hallmark.plain(given),
                                 'sql': 'ifnull(' ~ column ~ ', ' ~ hallmark.sql_text(instead) ~ ')'}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(items) -%}
{%- endmacro -%}

{#- {NAME: columns} or {NAME: {is_hashdiff, columns, exclude_columns}}; `copies` are the `_ORIGINAL` columns. -#}
{%- macro hashed_layer(hashes, scope, copies) -%}
    {%- set settings = hallmark.hash_settings() -%}
    {%- set items = [] -%}
    {%- for name, value in hashes.items() -%}
        {%- set where = 'stage(hashed_columns.' ~ name ~ ')' -%}
        {%- if value is mapping and 'source_column' not in value -%}
            {%- do hallmark.require_keys(where, value, [], ['is_hashdiff', 'columns', 'exclude_columns']) -%}
            {%- set is_hashdiff = value.is_hashdiff | default(false) -%}
            {%- set pairs = hallmark.column_pairs(value.columns | default(none), where) -%}
            {%- if value.exclude_columns | default(false) -%}
                {%- set pairs = hallmark.all_but(where, pairs, scope, copies) -%}
            {%- endif -%}
        {%- else -%}
            {%- set is_hashdiff = false -%}
            {%- set pairs = hallmark.column_pairs(value, where) -%}
        {%- endif -%}
        {%- if not pairs -%}{%- do hallmark.refuse(where, 'no columns', 'at least one column to hash') -%}{%- endif -%}
        {%- set terms = [] -%}
        {%- for pair in (pairs | sort(attribute='name') if is_hashdiff else pairs) -%}
            {%- do terms.append(hallmark.term_in(where, pair.source, scope)) -%}
        {%- endfor -%}
        {%- do items.append({'name': hallmark.plain(name), 'sql': hallmark.hash_of_terms(terms, is_hashdiff, settings)}) -%}
    {%- endfor -%}
    {%- do return(items) -%}
{%- endmacro -%}

{#-
  The columns that are there but these. What a null column said at first (`copies`) is no column of its own; a name that
  is not there is no error, for one list of exclusions often serves several stages.
-#}
{%- macro all_but(where, pairs, scope, copies) -%}
    {%- if not scope -%}
        {%- do hallmark.refuse(where, 'exclude_columns, and a source whose columns are not known',
                               'a source that is a table or a view', 'materialise it, or list the columns') -%}
    {%- endif -%}
    {%- set gone = [] -%}
    {%- for pair in pairs -%}{%- do gone.append(hallmark.plain(pair.source)) -%}{%- endfor -%}
    {%- do return(hallmark.column_pairs(hallmark.without(scope, gone + copies))) -%}
{%- endmacro -%}

{#- {NAME: {partition_by, order_by, dense_rank}}. -#}
{%- macro ranked_layer(ranks, scope) -%}
    {%- set items = [] -%}
    {%- for name, value in ranks.items() -%}
        {%- set where = 'stage(ranked_columns.' ~ name ~ ')' -%}
        {%- if value is not mapping -%}
            {%- do hallmark.refuse(where, value, 'a dictionary with partition_by and order_by') -%}
        {%- endif -%}
        {%- do hallmark.require_keys(where, value, ['partition_by', 'order_by'], ['dense_rank']) -%}
        {%- if hallmark.found_in(name, scope) -%}
            {%- do hallmark.refuse(where, 'the name of a column that is there already', 'a new name') -%}
        {%- endif -%}
        {%- set groups = [] -%}
        {%- for column in hallmark.as_list(value.partition_by, where) -%}
            {%- do groups.append(hallmark.term_in(where, column, scope)) -%}
        {%- endfor -%}
        {%- set order = [] -%}
        {%- for part in ([value.order_by] if value.order_by is string or value.order_by is mapping else value.order_by) -%}
            {%- do order.extend(hallmark.order_terms(where, part, scope)) -%}
        {%- endfor -%}
        {%- set function = 'dense_rank' if value.dense_rank | default(false) else 'rank' -%}
        {%- do items.append({'name': hallmark.plain(name), 'sql': function ~ '() over (partition by '
                             ~ (groups | join(', ')) ~ ' order by ' ~ (order | join(', ')) ~ ')'}) -%}
    {%- endfor -%}
    {%- do return(items) -%}
{%- endmacro -%}

{#- A column, a column with its direction in one text, or {column: direction}. -#}
{%- macro order_terms(where, part, scope) -%}
    {%- set directions = '(asc|desc)(\\s+nulls\\s+(first|last))?' -%}
    {%- set terms = [] -%}
    {%- for column in part -%}
        {%- if part is mapping -%}
            {%- set direction = part[column] | string | trim -%}
            {%- if not modules.re.fullmatch(directions, direction, modules.re.IGNORECASE) -%}
                {%- do hallmark.refuse(where, 'order_by ' ~ column ~ ': ' ~ direction, 'ASC or DESC') -%}
            {%- endif -%}
            {%- do terms.append(hallmark.term_in(where, column, scope) ~ ' ' ~ direction) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if part is string -%}
        {%- set said = modules.re.fullmatch('(.+?)\\s+(' ~ directions ~ ')', part, modules.re.IGNORECASE) -%}
        {%- if said and not hallmark.found_in(part, scope) -%}
            {%- do terms.append(hallmark.term_in(where, said.group(1), scope) ~ ' ' ~ said.group(2)) -%}
        {%- else -%}
            {%- do terms.append(hallmark.term_in(where, part, scope)) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(terms) -%}
{%- endmacro -%}

{#- A constant, a column of the scope, or an expression; a plain name that is no column is refused. -#}
{%- macro term_in(where, value, scope) -%}
    {%- set value = value | string -%}
    {%- set literal = hallmark.constant(value) -%}
    {%- if literal -%}{%- do return(literal) -%}{%- endif -%}
    {%- set found = hallmark.found_in(value, scope) -%}
    {%- if found -%}{%- do return(hallmark.quoted(found)) -%}{%- endif -%}
    {%- if hallmark.is_expression(value) and not value.startswith('`') -%}{%- do return(value) -%}{%- endif -%}
    {%- do return(hallmark.column_in(where, value, scope)) -%}
{%- endmacro -%}

{#- A column of the scope, quoted; refused when it is not there (and the scope is known). -#}
{%- macro column_in(where, name, scope) -%}
    {%- set found = hallmark.found_in(name, scope) -%}
    {%- if scope and not found -%}{%- do hallmark.refuse_column(where, name, scope) -%}{%- endif -%}
    {%- do return(hallmark.quoted(found or name)) -%}
{%- endmacro -%}

{%- macro refuse_column(where, name, scope) -%}
    {%- do hallmark.refuse(where, 'the column ' ~ name, 'one of ' ~ (scope | join(', '))) -%}
{%- endmacro -%}

{#- The column of the scope that a text names, quoted or not, in its own spelling; none, when there is none. -#}
{%- macro found_in(text, scope) -%}
    {%- for name in scope -%}
        {%- if name | lower in [text | lower, hallmark.plain(text) | lower] -%}{%- do return(name) -%}{%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- A name without its quotes (`` ` `` of Spark or `"` of other databases). -#}
{%- macro plain(name) -%}
    {%- set name = name | string -%}
    {%- set quoted = name | length > 2 and name[0] in '`"' and name[-1] == name[0] -%}
    {%- do return(name[1:-1] | replace('``', '`') if quoted else name) -%}
{%- endmacro -%}

{#- A dictionary has these keys, may have those, and no others. -#}
{%- macro require_keys(where, value, needed, allowed) -%}
    {%- for key in needed -%}
        {%- if not value.get(key) -%}{%- do hallmark.refuse(where, 'no ' ~ key, 'a value: ' ~ key ~ ' is required') -%}{%- endif -%}
    {%- endfor -%}
    {%- for key in value -%}
        {%- if key not in needed + allowed -%}
            {%- do hallmark.refuse(where, key, 'one of ' ~ ((needed + allowed) | join(', '))) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
