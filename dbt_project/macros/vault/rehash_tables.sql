{#- What `rehash` reads and writes, table by table. -#}

{#- A model's table: {name, relation, names of its columns, binary: those that are, in lower case}. -#}
{%- macro rehashed_table(name) -%}
    {%- set relation = load_relation(ref(name)) -%}
    {%- if relation is none -%}
        {%- do hallmark.refuse('rehash', name ~ ', which is no table', 'a table that dbt has built') -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- set binary = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do names.append(column.name) -%}
        {%- if column.dtype | lower == 'binary' -%}{%- do binary.append(column.name | lower) -%}{%- endif -%}
    {%- endfor -%}
    {%- do return({'name': name, 'relation': relation, 'names': names, 'binary': binary}) -%}
{%- endmacro -%}

{#- `<model>__rehash (old_key, part_1, ...)`: every key that a business key ever had, as text. -#}
{%- macro kept_keys(parent) -%}
    {%- set relation = parent.relation -%}
    {%- do return(api.Relation.create(database=relation.database, schema=relation.schema,
                                      identifier=relation.identifier ~ '__rehash')) -%}
{%- endmacro -%}

{#- A key as text: the same for a hash in hexadecimal and in binary. -#}
{%- macro key_text(column, table) -%}
    {%- set sql = hallmark.quoted(column, 'row') -%}
    {%- do return('hex(' ~ sql ~ ')' if column | lower in table.binary else sql) -%}
{%- endmacro -%}

{%- macro join_keys(parent, alias, column, table) -%}
    {%- do return('left join ' ~ hallmark.kept_keys(parent) ~ ' as ' ~ alias ~ ' on ' ~ alias ~ '.old_key = '
                  ~ hallmark.key_text(column, table)) -%}
{%- endmacro -%}

{#- The hash of a parent's parts, which are columns `part_1`... of `alias`, as these settings make it. -#}
{%- macro key_of_parts(parent, alias, settings) -%}
    {%- set terms = [] -%}
    {%- for part in parent.parts -%}{%- do terms.append(alias ~ '.part_' ~ loop.index) -%}{%- endfor -%}
    {%- do return(hallmark.hash_of_terms(terms, false, settings)) -%}
{%- endmacro -%}

{#- A hash as text, whatever the settings. -#}
{%- macro as_text(settings) -%}
    {%- set text = {} -%}
    {%- do text.update(settings) -%}
    {%- do text.update({'native': false}) -%}
    {%- do return(text) -%}
{%- endmacro -%}

{#- Fill `<model>__rehash` with the keys that there are and those that there will be; what it has stays. -#}
{%- macro remember_keys(parent, old, new) -%}
    {%- set kept = hallmark.kept_keys(parent) -%}
    {%- set named = [] -%}
    {%- set declared = [] -%}
    {%- for part in parent.parts -%}
        {%- do named.append('cast(' ~ part.sql ~ ' as string) as part_' ~ loop.index) -%}
        {%- do declared.append('part_' ~ loop.index ~ ' string') -%}
    {%- endfor -%}
    {%- do run_query('create table if not exists ' ~ kept ~ ' (old_key string, ' ~ (declared | join(', ')) ~ ') using delta') -%}
    {%- set keys -%}
    (
        select {{ hallmark.key_text(parent.pk, parent) }} as old_key, {{ named | join(', ') }}
        from {{ parent.relation }} as row
        {{ parent.joins }}
    )
    {%- endset -%}
    {%- set wanted = hallmark.key_of_parts(parent, 'keys', hallmark.as_text(new)) -%}
    {%- set before = hallmark.key_of_parts(parent, 'keys', hallmark.as_text(old)) -%}
    {%- set counted = hallmark.numbers([
        'count_if(kept.old_key is null and not (keys.old_key <=> ' ~ before ~ ' or keys.old_key <=> ' ~ wanted ~ '))',
        'count(*) - count(distinct ' ~ wanted ~ ')',
        'count_if(kept.old_key is null or not keys.old_key <=> ' ~ wanted ~ ')',
    ], 'from ' ~ keys ~ ' as keys left join ' ~ kept ~ ' as kept on kept.old_key = keys.old_key') -%}
    {%- if counted[0] -%}
        {%- do hallmark.refuse('rehash of ' ~ parent.name, hallmark.many(counted[0], 'row') ~ ' whose ' ~ parent.pk ~ ' is not the hash of '
                               ~ (parent.parts | map(attribute='name') | join(', ')),
                               'keys as the settings `before` make them', 'mend nk, its order, or before') -%}
    {%- elif counted[1] -%}
        {%- do hallmark.refuse('rehash of ' ~ parent.name, hallmark.many(counted[1], 'key') ~ ' that would become one with another',
                               'a key of its own for each row', 'see that casing and trimming stay as they are') -%}
    {%- elif counted[2] -%}
        {%- do run_query(
            'merge into ' ~ kept ~ ' as kept using (select keys.* from ' ~ keys ~ ' as keys union select ' ~ wanted
            ~ ', keys.* except (old_key) from ' ~ keys ~ ' as keys) as found on kept.old_key = found.old_key'
            ~ ' when not matched then insert *') -%}
    {%- endif -%}
{%- endmacro -%}

{#- Each column of a table with its new value, over the table as `row` and the kept keys as `key_1`...: `{name, sql}`. -#}
{%- macro rehashed_columns(table, settings) -%}
    {%- set changed = {} -%}
    {%- for key in table.joined -%}
        {%- set hashed = hallmark.key_of_parts(key.parent, 'key_' ~ loop.index, settings) -%}
        {%- do changed.update({key.column | lower: hallmark.unless_ghost(key.column, table, hashed, settings)}) -%}
    {%- endfor -%}
    {%- if table.hashdiff -%}
        {%- set hashed = hallmark.hash_of_terms(table.terms, true, settings) -%}
        {%- do changed.update({
            table.hashdiff | lower: hallmark.unless_ghost(table.hashdiff, table, hashed, settings)}) -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in table.names -%}
        {%- do columns.append({'name': name, 'sql': changed.get(name | lower) or hallmark.quoted(name, 'row'),
                               'changed': name | lower in changed}) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro -%}

{#- A ghost record has a key of zeros, as long as a hash. -#}
{%- macro unless_ghost(column, table, hashed, settings) -%}
    {%- set zeros = hallmark.zero_hash(settings=settings) -%}
    {%- do return('if(' ~ hallmark.is_ghost(column, table) ~ ', ' ~ zeros ~ ', ' ~ hashed ~ ')') -%}
{%- endmacro -%}

{%- macro is_ghost(column, table) -%}
    {%- do return('coalesce(' ~ hallmark.key_text(column, table) ~ " rlike '^0+$', false)") -%}
{%- endmacro -%}

{%- macro from_with_keys(table) -%}
    {%- set joins = [] -%}
    {%- for key in table.joined -%}
        {%- do joins.append(hallmark.join_keys(key.parent, 'key_' ~ loop.index, key.column, table)) -%}
    {%- endfor -%}
    {%- do return('from ' ~ table.relation ~ ' as row\n' ~ (joins | join('\n'))) -%}
{%- endmacro -%}

{#-
  Refuse a table with keys that no parent ever had, or with a hashdiff that its columns do not give; else the number of
  rows that a rewrite changes, with which `table` goes on.
-#}
{%- macro check_rehash(table, old, new) -%}
    {%- set counts = [] -%}
    {%- for key in table.joined -%}
        {%- do counts.append('count_if(key_' ~ loop.index ~ '.old_key is null and ' ~ hallmark.quoted(key.column, 'row')
                             ~ ' is not null and not ' ~ hallmark.is_ghost(key.column, table) ~ ')') -%}
    {%- endfor -%}
    {%- set odd = 'false' -%}
    {%- if table.hashdiff -%}
        {%- set text = hallmark.key_text(table.hashdiff, table) -%}
        {%- set odd = 'not (' ~ text ~ ' <=> ' ~ hallmark.hash_of_terms(table.terms, true, hallmark.as_text(old)) ~ ' or '
                      ~ text ~ ' <=> ' ~ hallmark.hash_of_terms(table.terms, true, hallmark.as_text(new)) ~ ' or '
                      ~ hallmark.is_ghost(table.joined[0].column, table) ~ ')' -%}
    {%- endif -%}
    {%- set differs = [] -%}
    {%- for column in hallmark.rehashed_columns(table, hallmark.as_text(new)) if column.changed -%}
        {%- do differs.append('not ' ~ hallmark.key_text(column.name, table) ~ ' <=> ' ~ column.sql) -%}
    {%- endfor -%}
    {%- do counts.extend(['count_if(' ~ odd ~ ')', 'count_if(' ~ (differs | join(' or ')) ~ ')']) -%}
    {%- set counted = hallmark.numbers(counts, hallmark.from_with_keys(table)) -%}
    {%- for key in table.joined -%}
        {%- if counted[loop.index0] -%}
            {%- do hallmark.refuse('rehash of ' ~ table.name,
                                   hallmark.many(counted[loop.index0], 'row') ~ ' whose ' ~ key.column ~ ' is not in ' ~ key.parent.name,
                                   'rows with a parent', 'load the parent first, or take the rows out') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if counted[-2] -%}
        {%- do hallmark.refuse('rehash of ' ~ table.name,
                               hallmark.many(counted[-2], 'row') ~ ' whose ' ~ table.hashdiff ~ ' is not that of its columns',
                               'columns that give the hashdiffs that are there', 'mend columns, or before') -%}
    {%- endif -%}
    {%- do table.update({'differing': counted[-1]}) -%}
{%- endmacro -%}

{#- Replace a table by itself with the wanted keys, in one commit; leave it alone when it has them. -#}
{%- macro rewrite_keys(table, new) -%}
    {%- set kinds = namespace(same=true) -%}
    {%- for column in hallmark.rehashed_columns(table, new) if column.changed -%}
        {%- if (column.name | lower in table.binary) != new.native -%}{%- set kinds.same = false -%}{%- endif -%}
    {%- endfor -%}
    {%- if kinds.same and not table.differing -%}
        {%- do log(table.name ~ ': nothing to do', info=true) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set values = [] -%}
    {%- for column in hallmark.rehashed_columns(table, new) -%}
        {%- do values.append(column.sql ~ ' as ' ~ hallmark.quoted(column.name)) -%}
    {%- endfor -%}
    {%- set query = 'select ' ~ (values | join(', ')) ~ '\n' ~ hallmark.from_with_keys(table) -%}
    {%- if kinds.same -%}
        {%- do run_query('insert overwrite table ' ~ table.relation ~ ' ' ~ query) -%}
    {%- else -%}
        {%- do run_query('create or replace table ' ~ table.relation ~ ' ' ~ hallmark.table_clauses(table) ~ ' as ' ~ query) -%}
    {%- endif -%}
    {%- do log(table.name ~ ': rehashed', info=true) -%}
{%- endmacro -%}

{#- How the model's configuration wants its table: a new type of a column needs a new schema, and that the whole table. -#}
{%- macro table_clauses(table) -%}
    {%- set clauses = ['using delta'] -%}
    {%- for node in graph.nodes.values() if node.name == table.name and node.resource_type in ['model', 'snapshot', 'seed'] -%}
        {%- set partitions = node.config.get('partition_by') -%}
        {%- if partitions -%}{%- do clauses.append('partitioned by (' ~ hallmark.names(partitions) ~ ')') -%}{%- endif -%}
        {%- set root = node.config.get('location_root') -%}
        {%- if root -%}{%- do clauses.append('location ' ~ hallmark.sql_text(root ~ '/' ~ table.relation.identifier)) -%}{%- endif -%}
        {%- set settings = [] -%}
        {%- for key, value in (node.config.get('tblproperties') or {}).items() -%}
            {%- do settings.append(hallmark.sql_text(key) ~ ' = ' ~ hallmark.sql_text(value)) -%}
        {%- endfor -%}
        {%- if settings -%}{%- do clauses.append('tblproperties (' ~ (settings | join(', ')) ~ ')') -%}{%- endif -%}
    {%- endfor -%}
    {%- do return(clauses | join(' ')) -%}
{%- endmacro -%}

{#- One row of numbers: these aggregates over `source` (from ...), in one query. -#}
{%- macro numbers(aggregates, source) -%}
    {%- set named = [] -%}
    {%- for sql in aggregates -%}{%- do named.append(sql ~ ' as n' ~ loop.index) -%}{%- endfor -%}
    {%- do return(run_query('select ' ~ (named | join(', ')) ~ ' ' ~ source).rows[0].values() | list) -%}
{%- endmacro -%}
