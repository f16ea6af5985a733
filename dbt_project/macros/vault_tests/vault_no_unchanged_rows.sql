{#-
  A satellite has a row for a change only: no two rows of a key that follow one another have the same hashdiff. Rows
  follow one another by `order_by`, by `src_ldts` without it; of one instant by hashdiff.
-#}
{% test vault_no_unchanged_rows(model, src_pk, src_hashdiff, src_ldts, order_by=none) %}
{%- set arguments = {'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_ldts': src_ldts} %}
{%- do hallmark.require_arguments('vault_no_unchanged_rows', arguments) %}
{%- do arguments.update({'order_by': order_by}) %}
{%- set names = {} %}
{%- for argument, value in arguments.items() %}{% do names.update({argument: hallmark.as_list(value)}) %}{% endfor %}
{%- do hallmark.vault_test_columns('vault_no_unchanged_rows', model, names) %}
{%- set order = names.order_by or names.src_ldts %}
select *
from (
    select
        {{ hallmark.names([src_pk, order, src_hashdiff]) }},
        lag({{ hallmark.names(src_hashdiff) }}) over (
            partition by {{ hallmark.names(src_pk) }} order by {{ hallmark.names([order, src_hashdiff]) }}
        ) as _previous
    from {{ model }}
)
where {{ hallmark.names(src_hashdiff) }} = _previous
{% endtest %}
