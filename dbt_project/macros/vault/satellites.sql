{#- What the kinds of satellites have in common. -#}

{#- A switch: a config of the model, an entry of its `meta`, or a variable of the project; off unless it says true. -#}
{%- macro is_on(name) -%}
    {%- set found = config.get(name) -%}
    {%- if found is none -%}{%- set found = (config.get('meta') or {}).get(name) -%}{%- endif -%}
    {%- if found is none -%}{%- set found = var(name, false) -%}{%- endif -%}
    {%- do return(found | string | lower == 'true') -%}
{%- endmacro -%}

{#- The name of the one source model; a list of one will do. -#}
{%- macro only_source(macro_name, source_model) -%}
    {%- if source_model is string -%}{%- do return(source_model) -%}{%- endif -%}
    {%- if not source_model or source_model is mapping or source_model | length != 1 -%}
        {%- do hallmark.refuse(macro_name ~ '(source_model)', source_model, 'the name of one model') -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do return(source_model[0]) -%}
{%- endmacro -%}

{#-
  The payload as columns. `{exclude_columns: true, columns: [...]}` means all columns of the source, in its order, but
  those and the ones that other `arguments` name, as source or as alias; case does not matter.
-#}
{%- macro payload_columns(macro_name, source, arguments) -%}
    {%- set payload = arguments['src_payload'] -%}
    {%- if payload is not mapping or 'exclude_columns' not in payload -%}{%- do return(payload) -%}{%- endif -%}
    {%- if payload['exclude_columns'] | string | lower != 'true' -%}{%- do return(payload.get('columns')) -%}{%- endif -%}
    {%- set found = hallmark.columns_of(ref(source)) -%}
    {%- if execute and not found -%}
        {%- do hallmark.refuse(
            macro_name ~ '(src_payload)', 'exclude_columns of ' ~ source ~ ', whose columns are not known yet',
            'a source that is a table or a view and is built', 'name the columns of the payload') -%}
    {%- endif -%}
    {%- set unwanted = hallmark.as_list(payload.get('columns')) -%}
    {%- for argument, value in arguments.items() if argument != 'src_payload' -%}
        {%- for pair in hallmark.column_pairs(value) -%}
            {%- do unwanted.extend([pair.source, pair.name]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(hallmark.without(found, unwanted | map('replace', '`', ''))) -%}
{%- endmacro -%}
