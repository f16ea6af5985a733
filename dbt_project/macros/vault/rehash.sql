{#-
  Move an existing vault to another hash: `dbt run-operation hallmark.rehash --args '{...}'`, with no load at work.

    hubs        {model: {pk, nk}}; `nk` in the order in which it is hashed
    links       {model: {pk, fk: {column: hub}, nk}}; `nk`: what the link's key is the hash of, `fk column.hub column` or
                a column of the link; without it the business keys of all `fk`, in their order
    satellites  {model: {pk, parent, fk: {column: hub}, hashdiff, columns}}; `parent` is one of the hubs or links;
                `columns`: what the hashdiff is made of, in the satellite or in the business key of its parent
    before      settings of the hashes that are there (names and defaults of hashing.sql's variables)
    after       settings wanted; variables are not read, for in an operation of a package they are the package's own

  Old keys are kept: `<model>__rehash`, beside each hub and link, has every key that a business key ever had, and its
  parts as text. It is filled before anything is rewritten, so it does not matter in which order, or by which run, tables
  come: each is replaced in one commit by a join with it, one that is as wanted already is left alone, and a run after a
  killed one does the rest. Nothing is rewritten before all of it is checked: a key that is not the hash of its business
  key, a hashdiff that is not that of its columns, a row without a parent, two keys that become one are refused.
  PITs, bridges and extended tracking satellites are made anew afterwards (`dbt run --full-refresh`).
-#}
{%- macro rehash(hubs={}, links={}, satellites={}, before={}, after={}) -%}
    {%- if not execute -%}{%- do return(none) -%}{%- endif -%}
    {%- do hallmark.require_rehash_arguments(hubs, links, satellites) -%}
    {%- set old = hallmark.hash_settings(before, 'before') -%}
    {%- set new = hallmark.hash_settings(after, 'after') -%}
    {%- set parents = {} -%}
    {%- for name, hub in hubs.items() -%}
        {%- do parents.update({name: hallmark.rehashed_hub(name, hub)}) -%}
    {%- endfor -%}
    {%- for name in hubs -%}{%- do hallmark.remember_keys(parents[name], old, new) -%}{%- endfor -%}
    {%- for name, link in links.items() -%}
        {%- do parents.update({name: hallmark.rehashed_link(name, link, parents)}) -%}
        {%- do hallmark.remember_keys(parents[name], old, new) -%}
    {%- endfor -%}
    {%- set tables = [] -%}
    {%- for name, satellite in satellites.items() -%}
        {%- do tables.append(hallmark.rehashed_satellite(name, satellite, parents)) -%}
    {%- endfor -%}
    {%- for parent in parents.values() -%}
        {%- do parent.update({'joined': [{'column': parent.pk, 'parent': parent}] + parent.fk, 'hashdiff': none}) -%}
        {%- do tables.append(parent) -%}
    {%- endfor -%}
    {%- for table in tables -%}{%- do hallmark.check_rehash(table, old, new) -%}{%- endfor -%}
    {%- for table in tables -%}{%- do hallmark.rewrite_keys(table, new) -%}{%- endfor -%}
{%- endmacro -%}

{%- macro require_rehash_arguments(hubs, links, satellites) -%}
    {%- if not hubs -%}{%- do hallmark.refuse('rehash(hubs)', 'nothing', 'the hubs that the keys come from') -%}{%- endif -%}
    {%- for argument, tables, needed, allowed in [
        ('hubs', hubs, ['pk', 'nk'], []), ('links', links, ['pk', 'fk'], ['nk']),
        ('satellites', satellites, ['pk', 'parent'], ['fk', 'hashdiff', 'columns']),
    ] -%}
        {%- for name, table in tables.items() -%}
            {%- set where = 'rehash(' ~ argument ~ '.' ~ name ~ ')' -%}
            {%- do hallmark.require_keys(where, table, needed, allowed) -%}
            {%- for column, hub in (table.get('fk') or {}).items() -%}
                {%- if hub not in hubs -%}
                    {%- do hallmark.refuse(where, 'fk ' ~ column ~ ': ' ~ hub, 'one of ' ~ (hubs | join(', '))) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if argument == 'satellites' and table.parent not in hubs and table.parent not in links -%}
                {%- set known = (hubs | list) + (links | list) -%}
                {%- do hallmark.refuse(where, 'parent: ' ~ table.parent, 'one of ' ~ (known | join(', '))) -%}
            {%- endif -%}
            {%- if table.get('hashdiff') and not table.get('columns') -%}
                {%- do hallmark.refuse(where, 'a hashdiff without columns', 'the columns that it is made of') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}

{#- A hub, as the parent of keys: `parts` are what its business key is made of, `joins` what they are read with. -#}
{%- macro rehashed_hub(name, hub) -%}
    {%- set table = hallmark.rehashed_table(name) -%}
    {%- set where = 'rehash(hubs.' ~ name ~ ')' -%}
    {%- do hallmark.column_in(where, hub.pk, table.names) -%}
    {%- set parts = [] -%}
    {%- for column in hallmark.as_list(hub.nk, where) -%}
        {%- do hallmark.column_in(where, column, table.names) -%}
        {%- do parts.append({'name': column, 'sql': hallmark.quoted(column, 'row')}) -%}
    {%- endfor -%}
    {%- do table.update({'pk': hub.pk, 'fk': [], 'parts': parts, 'joins': ''}) -%}
    {%- do return(table) -%}
{%- endmacro -%}

{#- A link, whose parts are those of its hubs (found by any key that they ever had) and columns of its own. -#}
{%- macro rehashed_link(name, link, parents) -%}
    {%- set table = hallmark.rehashed_table(name) -%}
    {%- set where = 'rehash(links.' ~ name ~ ')' -%}
    {%- do hallmark.column_in(where, link.pk, table.names) -%}
    {%- set found = {} -%}
    {%- set order = [] -%}
    {%- set fk = [] -%}
    {%- set joins = [] -%}
    {%- for column, hub in link.fk.items() -%}
        {%- do hallmark.column_in(where, column, table.names) -%}
        {%- set parent = parents[hub] -%}
        {%- set alias = 'hub_' ~ loop.index -%}
        {%- do fk.append({'column': column, 'parent': parent}) -%}
        {%- do joins.append(hallmark.join_keys(parent, alias, column, table)) -%}
        {%- for part in parent.parts -%}
            {%- do found.update({column ~ '.' ~ part.name: alias ~ '.part_' ~ loop.index}) -%}
            {%- do order.append(column ~ '.' ~ part.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for part in (hallmark.as_list(link.nk, where) if link.nk else order) -%}
        {%- if part not in found -%}{%- do hallmark.column_in(where, part, table.names) -%}{%- endif -%}
        {%- do parts.append({'name': part, 'sql': found.get(part) or hallmark.quoted(part, 'row')}) -%}
    {%- endfor -%}
    {%- do table.update({'pk': link.pk, 'fk': fk, 'parts': parts, 'joins': joins | join('\n')}) -%}
    {%- do return(table) -%}
{%- endmacro -%}

{%- macro rehashed_satellite(name, satellite, parents) -%}
    {%- set table = hallmark.rehashed_table(name) -%}
    {%- set where = 'rehash(satellites.' ~ name ~ ')' -%}
    {%- set parent = parents[satellite.parent] -%}
    {%- set keys = [{'column': satellite.pk, 'parent': parent}] -%}
    {%- for column, hub in (satellite.fk or {}).items() -%}
        {%- do keys.append({'column': column, 'parent': parents[hub]}) -%}
    {%- endfor -%}
    {%- for column in (keys | map(attribute='column') | list) + hallmark.as_list(satellite.hashdiff, where) -%}
        {%- do hallmark.column_in(where, column, table.names) -%}
    {%- endfor -%}
    {%- set inherited = {} -%}
    {%- for part in parent.parts -%}
        {%- do inherited.update({part.name.split('.')[-1] | lower: 'key_1.part_' ~ loop.index}) -%}
    {%- endfor -%}
    {%- set terms = [] -%}
    {%- for pair in hallmark.column_pairs(satellite.columns, where) | sort(attribute='name') -%}
        {%- set column = hallmark.found_in(pair.source, table.names) -%}
        {%- set term = hallmark.quoted(column, 'row') if column else
                       hallmark.constant(pair.source) or inherited.get(pair.source | lower) -%}
        {%- if not term -%}
            {%- do hallmark.refuse('rehash(satellites.' ~ name ~ '.columns)', 'the column ' ~ pair.source,
                                   'a column of ' ~ name ~ ' or of the business key of ' ~ satellite.parent) -%}
        {%- endif -%}
        {%- do terms.append(term) -%}
    {%- endfor -%}
    {%- do table.update({'joined': keys, 'hashdiff': satellite.hashdiff, 'terms': terms}) -%}
    {%- do return(table) -%}
{%- endmacro -%}
