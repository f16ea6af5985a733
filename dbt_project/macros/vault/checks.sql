{#-
  Stop with a letter that names the model, the macro and the argument; when the model is compiled, not when dbt parses
  its project: one wrong model would be the end of all others. So a macro must get through its parsing with anything.
-#}
{%- macro refuse(where, got, wanted, todo=none) -%}
    {%- if not execute -%}{%- do return(none) -%}{%- endif -%}
    {%- set name = model.name if model is defined and model else 'this project' -%}
    {%- do exceptions.raise_compiler_error(
        where ~ ' in ' ~ name ~ '\n  got: ' ~ got ~ '\n  wanted: ' ~ wanted ~ ('\n  do: ' ~ todo if todo else '')
    ) -%}
{%- endmacro -%}

{#- `1 row`, `2 rows`: a number of things, for people. -#}
{%- macro many(number, what) -%}
    {%- do return(number ~ ' ' ~ what ~ ('' if number == 1 else 's')) -%}
{%- endmacro -%}

{#- Each of these arguments (a dictionary of name to value) must be given. -#}
{%- macro require_arguments(macro_name, arguments) -%}
    {%- for argument, value in arguments.items() -%}
        {%- if not value -%}
            {%- do hallmark.refuse(macro_name ~ '(' ~ argument ~ ')', 'nothing', 'a value: the argument is required') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#-
  No arguments but those that the macro has (`varargs` and `kwargs` are what else the call gives). Jinja would stop there
  itself, but when dbt parses the project, and with it all other models.
-#}
{%- macro require_no_more(macro_name, varargs, kwargs) -%}
    {%- for argument in kwargs -%}
        {%- do hallmark.refuse(macro_name ~ '(' ~ argument ~ ')', kwargs[argument], 'no argument of this name') -%}
    {%- endfor -%}
    {%- if varargs -%}
        {%- do hallmark.refuse(macro_name, 'more arguments than it has: ' ~ (varargs | join(', ')),
                               'those that it has', 'give them by name') -%}
    {%- endif -%}
{%- endmacro -%}

{#-
  Each of these arguments (name to value) has the form of columns. Macros ask it before they read one: what reads them
  then knows the columns, and no longer whose they are.
-#}
{%- macro require_column_form(macro_name, arguments) -%}
    {%- for argument, value in arguments.items() -%}
        {%- set all_but = value is mapping and 'exclude_columns' in value -%}
        {%- do hallmark.column_pairs(value.get('columns') if all_but else value, macro_name ~ '(' ~ argument ~ ')') -%}
    {%- endfor -%}
{%- endmacro -%}

{#-
  The same arguments without an effective date that is the load date as well (models do say so): it is one column.
-#}
{%- macro with_dates_once(arguments) -%}
    {%- set same = arguments.get('src_eff') and
        hallmark.column_pairs(arguments['src_eff']) == hallmark.column_pairs(arguments['src_ldts']) -%}
    {%- do return(dict(arguments, src_eff=none) if same else arguments) -%}
{%- endmacro -%}

{#- No name twice among the columns of a table (`arguments`: name to value); Spark compares names without case. -#}
{%- macro require_distinct(macro_name, arguments) -%}
    {%- set seen = {} -%}
    {%- for argument, value in arguments.items() -%}
        {%- for name in hallmark.as_list(value, macro_name ~ '(' ~ argument ~ ')') -%}
            {%- if name | lower in seen -%}
                {%- do hallmark.refuse(
                    macro_name ~ '(' ~ argument ~ ')', 'the column ' ~ name ~ ' twice',
                    'each column once; it is in ' ~ seen[name | lower] ~ ' already') -%}
            {%- endif -%}
            {%- do seen.update({name | lower: argument}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Each of these arguments (name to value) names one column, not several. -#}
{%- macro require_one_each(macro_name, arguments) -%}
    {%- for argument, value in arguments.items() -%}
        {%- set where = macro_name ~ '(' ~ argument ~ ')' -%}
        {%- set names = hallmark.as_list(value, where) -%}
        {%- if names | length > 1 -%}
            {%- do hallmark.refuse(where, 'the columns ' ~ (names | join(', ')), 'one column') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#-
  Every column of these arguments (name to value) is in the relation, when it is there to be asked: an ephemeral model,
  or one that is not built yet, is left to Spark.
-#}
{%- macro require_columns(macro_name, relation, arguments) -%}
    {%- set found = hallmark.columns_of(relation) -%}
    {%- if not found -%}{%- do return(none) -%}{%- endif -%}
    {%- set known = found | map('lower') | list -%}
    {%- for argument, value in arguments.items() -%}
        {%- for pair in hallmark.column_pairs(value, macro_name ~ '(' ~ argument ~ ')') -%}
            {%- if pair.source | replace('`', '') | lower not in known -%}
                {%- do hallmark.refuse(
                    macro_name ~ '(' ~ argument ~ ')', 'the column ' ~ pair.source,
                    'a column of ' ~ relation.identifier ~ ': ' ~ (found | join(', '))) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The names of a relation's columns as Spark tells them, in order; an empty list of one that is not there. -#}
{%- macro columns_of(relation) -%}
    {%- if not execute or relation.is_cte -%}{%- do return([]) -%}{%- endif -%}
    {#- Spark is asked, not dbt's cache: that has not heard of tables which hooks or other sessions made since. -#}
    {%- do return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) -%}
{%- endmacro -%}

{#-
  The type in which a load's column is compared with the table's, which is of this type: that one, as the table may have
  days where the load has times. None of text, which Spark reads as what the load has, however the day is spelled in it.
-#}
{%- macro type_to_compare(type) -%}
    {%- set is_text = not type or type.startswith('string') or 'char' in type -%}
    {%- do return(none if is_text else type) -%}
{%- endmacro -%}

{#- That type for a column of the model's table; none in a first load, which compares nothing. -#}
{%- macro type_in_table(name) -%}
    {%- if not hallmark.is_increment() -%}{%- do return(none) -%}{%- endif -%}
    {%- do return(hallmark.type_to_compare(hallmark.type_of(name, hallmark.column_types(this)))) -%}
{%- endmacro -%}

{#- The type of a column, whatever its quotes and case, among those of `column_types`; none of one that is not there. -#}
{%- macro type_of(name, types) -%}
    {%- do return(types.get(name | replace('`', '') | lower)) -%}
{%- endmacro -%}

{#- Name (in lower case) to type of a relation's columns; nothing of one that is not there to be asked. -#}
{%- macro column_types(relation) -%}
    {%- set types = {} -%}
    {%- if execute and not relation.is_cte -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do types.update({column.name | lower: column.dtype}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(types) -%}
{%- endmacro -%}
