{#-
  Hashes as AutomateDV documents them (best_practises/hashing.md, macros/index.md), in one place: `hash`, `hash_key`,
  `hash_diff` and `stage` all end in `hash_of`. A column is cast to string, trimmed, put in upper case, and empty counts
  as null. One column of a key: null stays null. Several: joined by `concat_string`, `null_placeholder_string` in the
  place of a null, and null when every part is null. A hashdiff is never null, and its columns are sorted by name.

  Variables, of the project that runs:
    hash                     MD5 (default), SHA1 or SHA (which is SHA-256); as documented, anything else is MD5, with a warning
    hash_content_casing      UPPER (default) or DISABLED
    concat_string            '||'
    null_placeholder_string  '^^'
    enable_native_hashes     false: text in upper-case hexadecimal; true: binary (`enable_native_hashing`, as another page
                             of the documentation calls it, counts as well)
    hash_mode                documented (default) or hardened (ours: see `hardened_input`)
-#}

{#- `expression as alias`, for a select of one's own. `columns`: a name, a list, `!constants`, expressions. -#}
{%- macro hash(columns, alias, is_hashdiff=false) -%}
    {%- if not execute -%}{%- do return('null') -%}{%- endif -%}
    {%- do hallmark.require_no_more('hash', varargs, kwargs) -%}
    {%- do hallmark.require_arguments('hash', {'columns': columns, 'alias': alias}) -%}
    {{ hallmark.hash_of(columns, is_hashdiff, 'hash') }} as {{ hallmark.quoted(alias) }}
{%- endmacro -%}

{#- Hash of a business key. Null when every part of the key is null, so that the row is not loaded. -#}
{%- macro hash_key(columns) -%}
    {%- do hallmark.require_no_more('hash_key', varargs, kwargs) -%}
    {{ hallmark.hash_of(columns, false, 'hash_key') }}
{%- endmacro -%}

{#- Hash of a description: two versions with the same hash say the same. The order of `columns` does not matter. -#}
{%- macro hash_diff(columns) -%}
    {%- do hallmark.require_no_more('hash_diff', varargs, kwargs) -%}
    {{ hallmark.hash_of(columns, true, 'hash_diff') }}
{%- endmacro -%}

{#- Columns as a macro's argument `columns` gives them, sorted by name for a hashdiff, as one hash. -#}
{%- macro hash_of(columns, is_hashdiff, macro_name) -%}
    {%- if not execute -%}{%- do return('null') -%}{%- endif -%}
    {%- set pairs = hallmark.column_pairs(columns, macro_name ~ '(columns)') -%}
    {%- set terms = [] -%}
    {%- for pair in (pairs | sort(attribute='name') if is_hashdiff else pairs) -%}
        {%- do terms.append(hallmark.sql_term(pair.source)) -%}
    {%- endfor -%}
    {%- do return(hallmark.hash_of_terms(terms, is_hashdiff)) -%}
{%- endmacro -%}

{#- SQL expressions, in this order, as one hash. -#}
{%- macro hash_of_terms(terms, is_hashdiff=false, settings=none) -%}
    {%- set settings = settings or hallmark.hash_settings() -%}
    {%- if not terms -%}
        {%- do hallmark.refuse('a hash', 'no columns', 'at least one column to hash') -%}
    {%- endif -%}
    {%- if settings.hardened -%}
        {%- set input = hallmark.hardened_input(terms, is_hashdiff, settings) -%}
    {%- else -%}
        {%- set input = hallmark.documented_input(terms, is_hashdiff, settings) -%}
    {%- endif -%}
    {%- set digest = {'MD5': 'md5({})', 'SHA1': 'sha1({})', 'SHA': 'sha2({}, 256)'}[settings.hash] -%}
    {%- do return(('unhex({})' if settings.native else 'upper({})').format(digest.format(input))) -%}
{%- endmacro -%}

{#- `A||B||^^`: what the documentation hashes. -#}
{%- macro documented_input(terms, is_hashdiff, settings) -%}
    {%- if terms | length == 1 and not is_hashdiff -%}
        {%- do return(hallmark.hash_text(terms[0], settings)) -%}
    {%- endif -%}
    {%- set nothing = hallmark.sql_text(settings.placeholder) -%}
    {%- set parts = [] -%}
    {%- for term in terms -%}
        {%- do parts.append('coalesce(' ~ hallmark.hash_text(term, settings) ~ ', ' ~ nothing ~ ')') -%}
    {%- endfor -%}
    {%- set joined = 'concat_ws(' ~ hallmark.sql_text(settings.joiner) ~ ', ' ~ (parts | join(', ')) ~ ')' -%}
    {%- if is_hashdiff -%}{%- do return(joined) -%}{%- endif -%}
    {%- set all_null = ([settings.placeholder] * (terms | length)) | join(settings.joiner) -%}
    {%- do return('nullif(' ~ joined ~ ', ' ~ hallmark.sql_text(all_null) ~ ')') -%}
{%- endmacro -%}

{#-
  `1:A3:B||-`: each part behind its length in bytes, `-` for a null, so that no two rows of parts make one input, whatever
  is in the data: `('a||b', 'c')` and `('a', 'b||c')`, or a value `^^` and a null, are one in the documented form.
  An empty part of a key is a null as ever (a blank key is no key); in a hashdiff empty and null differ, for from the one
  to the other is a change.
-#}
{%- macro hardened_input(terms, is_hashdiff, settings) -%}
    {%- set parts = [] -%}
    {%- for term in terms -%}
        {%- set text = hallmark.hash_text(term, settings, empty_is_null=not is_hashdiff) -%}
        {%- do parts.append("concat(octet_length(" ~ text ~ "), ':', " ~ text ~ ")") -%}
    {%- endfor -%}
    {%- if parts | length == 1 and not is_hashdiff -%}{%- do return(parts[0]) -%}{%- endif -%}
    {%- set filled = [] -%}
    {%- for part in parts -%}{%- do filled.append('coalesce(' ~ part ~ ", '-')") -%}{%- endfor -%}
    {%- set joined = 'concat(' ~ (filled | join(', ')) ~ ')' -%}
    {%- if is_hashdiff -%}{%- do return(joined) -%}{%- endif -%}
    {%- do return('nullif(' ~ joined ~ ", '" ~ ('-' * (parts | length)) ~ "')") -%}
{%- endmacro -%}

{#- A column as it goes into a hash: text, trimmed, in upper case unless that is switched off; empty counts as null. -#}
{%- macro hash_text(term, settings=none, empty_is_null=true) -%}
    {%- set settings = settings or hallmark.hash_settings() -%}
    {%- set text = 'trim(cast(' ~ term ~ ' as string))' -%}
    {%- set text = 'upper(' ~ text ~ ')' if settings.upper else text -%}
    {%- do return('nullif(' ~ text ~ ", '')" if empty_is_null else text) -%}
{%- endmacro -%}

{#-
  The variables above, as one dictionary that the macros here hand on: hash (MD5, SHA1 or SHA), upper, joiner,
  placeholder, native, hardened. Those that are `given` to rehash as its argument `of` have the same names; the variables
  are not read then, and what it does not have is the default.
-#}
{%- macro hash_settings(given=none, of=none) -%}
    {%- set wanted = {
        'hash': 'MD5', 'hash_content_casing': 'UPPER', 'concat_string': '||', 'null_placeholder_string': '^^',
        'enable_native_hashes': false, 'hash_mode': 'documented',
    } -%}
    {%- if not of -%}
        {%- do wanted.update({'enable_native_hashes': var('enable_native_hashing', false)}) -%}
        {%- for name, otherwise in wanted.items() -%}{%- do wanted.update({name: var(name, otherwise)}) -%}{%- endfor -%}
    {%- endif -%}
    {%- for name in given or [] -%}
        {%- if name not in wanted -%}
            {%- do hallmark.refuse('rehash(' ~ of ~ ')', name, 'one of ' ~ (wanted.keys() | join(', '))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do wanted.update(given or {}) -%}
    {%- set place = 'rehash(' ~ of ~ '.{})' if of else 'the variable {}' -%}
    {%- set mode = wanted.hash_mode | string | lower -%}
    {%- set casing = wanted.hash_content_casing | string | lower -%}
    {%- if mode not in ['documented', 'hardened'] -%}
        {%- do hallmark.refuse(place.format('hash_mode'), wanted.hash_mode, 'documented or hardened') -%}
    {%- elif casing not in ['upper', 'disabled'] -%}
        {%- do hallmark.refuse(place.format('hash_content_casing'), wanted.hash_content_casing, 'UPPER or DISABLED') -%}
    {%- endif -%}
    {%- do return({
        'hash': hallmark.hash_algorithm(wanted.hash, mode == 'hardened', place.format('hash')), 'upper': casing == 'upper',
        'joiner': wanted.concat_string | string, 'placeholder': wanted.null_placeholder_string | string,
        'native': wanted.enable_native_hashes | string | lower == 'true', 'hardened': mode == 'hardened',
    }) -%}
{%- endmacro -%}

{#- MD5, SHA1 or SHA. An unknown name is MD5, as documented; who asks for hardened hashes is not given MD5 by mistake. -#}
{%- macro hash_algorithm(name, hardened, place) -%}
    {%- set spelled = name | string | upper | replace('-', '') | replace('_', '') -%}
    {%- if spelled in ['MD5', 'SHA1'] -%}{%- do return(spelled) -%}{%- endif -%}
    {%- if spelled in ['SHA', 'SHA256', 'SHA2'] -%}{%- do return('SHA') -%}{%- endif -%}
    {%- if hardened -%}
        {%- do hallmark.refuse(place, name, 'MD5, SHA1 or SHA') -%}
    {%- endif -%}
    {%- do exceptions.warn(place ~ ' is ' ~ name ~ ', which is none of MD5, SHA1, SHA: MD5 is taken') -%}
    {%- do return('MD5') -%}
{%- endmacro -%}

{#- A hash of zeros, as long as those of the algorithm (the project's), for a column of this type (none: not known). -#}
{%- macro zero_hash(type=none, settings=none) -%}
    {%- set settings = settings or hallmark.hash_settings() -%}
    {%- set zeros = "'" ~ '0' * {'MD5': 32, 'SHA1': 40, 'SHA': 64}[settings.hash] ~ "'" -%}
    {%- if type == 'binary' or (not type and settings.native) -%}{%- do return('X' ~ zeros) -%}{%- endif -%}
    {%- if not type or type.startswith('string') or 'char' in type -%}{%- do return(zeros) -%}{%- endif -%}
    {%- do return("cast('0' as " ~ type ~ ")") -%}
{%- endmacro -%}
