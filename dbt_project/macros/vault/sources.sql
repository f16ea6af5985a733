{#- One model, several or none as a list of names. -#}
{%- macro source_names(source_model) -%}
    {%- do return([source_model] if source_model is string else (source_model or []) | list) -%}
{%- endmacro -%}

{#-
  The rows of all source models under the names of the table, with the place of their model in the list as
  `_hallmark_source`. Rows without one of the `required` columns are left out.
-#}
{%- macro rows_of_sources(macro_name, arguments, required, source_model) -%}
{%- do hallmark.require_distinct(macro_name, arguments) -%}
{%- for name in hallmark.source_names(source_model) -%}
    {%- set relation = ref(name) -%}
    {%- do hallmark.require_columns(macro_name, relation, arguments) -%}
    {%- if not loop.first %}
    union all
    {% endif -%}
    select {{ hallmark.selected(arguments.values() | list, 'staged') }}, {{ loop.index }} as _hallmark_source
    from {{ relation }} as staged
    where {{ hallmark.all_present(required, 'staged') }} {{- hallmark.load_filter() }}
{%- endfor -%}
{%- endmacro -%}

{#-
  The `source_rows` that the table lacks, by this condition between `known` and `source_rows`; without a table, all.

  Of a large table only the rows with a key (`src_pk`) of the load are compared: Spark sends the load's few keys to the
  table's files, instead of moving every key of the table (8 million keys and a load of 50,000: a quarter of the CPU).
  A small table is sent to the load as it is, which may be much larger: all requests of a day against ten deployments.
-#}
{%- macro unknown_rows(condition, src_pk) -%}
    select source_rows.*
    from source_rows
    {%- if hallmark.is_increment() %}
    left anti join
        {%- if hallmark.is_large(this) %} (
            select held.*
            from {{ this }} as held
            left semi join source_rows on {{ hallmark.keys_found(src_pk, 'held', 'source_rows') }}
        )
        {%- else %} {{ this }}
        {%- endif %} as known on {{ condition }}
    {%- endif %}
{%- endmacro -%}

{#- A row of the table (`known`) and one of `source_rows` have one load date, as the table's type has it. -#}
{%- macro same_load(src_ldts) -%}
    {%- for name in hallmark.as_list(src_ldts) -%}
        {%- set loaded = hallmark.of_type(hallmark.quoted(name, 'source_rows'), hallmark.type_in_table(name)) -%}
        {{ hallmark.quoted(name, 'known') }} <=> {{ loaded }}
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- `source_rows` and, of them, `unknown_rows`: what most tables of keys begin with. `seen`: how a known row is told. -#}
{%- macro new_rows(macro_name, arguments, required, src_pk, source_model, seen=none) -%}
with source_rows as (
    {{ hallmark.rows_of_sources(macro_name, arguments, required, source_model) }}
),

unknown_rows as (
    {{ hallmark.unknown_rows(seen or hallmark.keys_equal(src_pk, 'known', 'source_rows'), src_pk) }}
)
{%- endmacro -%}

{#- Rows that differ; by grouping, since Spark takes columns of maps there but not in `select distinct`. -#}
{%- macro distinct_rows(columns, source) -%}
select {{ hallmark.names(columns) }}
from {{ source }}
group by {{ hallmark.names(columns) }}
{%- endmacro -%}

{#-
  Whether a table of Delta has more bytes than the variable `vault_large_table` (default: 20 MiB, some 300,000 rows of a
  hub). Its log tells; other formats tell nothing and count as small.
-#}
{%- macro is_large(relation) -%}
    {%- if not execute or config.get('file_format') != 'delta' -%}{%- do return(false) -%}{%- endif -%}
    {%- set detail = run_query('describe detail ' ~ relation) -%}
    {%- set size = detail.rows[0]['sizeInBytes'] if detail and detail.rows else none -%}
    {%- do return((size or 0) | int > var('vault_large_table', 20 * 1024 * 1024) | int) -%}
{%- endmacro -%}
