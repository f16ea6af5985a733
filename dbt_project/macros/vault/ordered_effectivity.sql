{#-
  Effectivity in an order of its own (`eff_sat` with `src_order`): what the source states of each driving key (`src_dfk`)
  is put in the order of `src_eff` and `src_order`, and a row is loaded when its relationship (`src_sfk`), or whether it
  is open, differs from the statement before it.

  A statement says all that is so of its driving key from then on: the next relationship ends the one before it, without
  a row of its own in the table, so that a late one may still come between. `effective_rows` reads what that means. Of
  statements of one instant and order, those that end something come first, then `src_pk` decides.
-#}
{%- macro ordered_effectivity(arguments, src_order, source) -%}
{%- if hallmark.is_on('is_auto_end_dating') -%}
    {%- do hallmark.refuse(
        'eff_sat(src_order)', 'is_auto_end_dating beside src_order', 'one of them: the order ends relationships already',
        'leave is_auto_end_dating out, or set it to false in the config of this model if it is a variable') -%}
{%- endif -%}
{%- set is_open = hallmark.is_open(arguments['src_end_date']) -%}
{{ hallmark.ordered_rows(
    'eff_sat', hallmark.with_order(arguments, src_order, 'src_end_date'), source,
    keys=arguments['src_dfk'], also_required=arguments['src_sfk'],
    told=hallmark.as_list(arguments['src_sfk']) + ['_hallmark_is_open'], computed={'_hallmark_is_open': is_open},
    ties=['_hallmark_is_open', hallmark.as_list(arguments['src_pk'])],
) }}
{%- endmacro -%}

{#- Whether a row is of a relationship that is open; a row without an end date is not. -#}
{%- macro is_open(end_date) -%}
    {%- do return('to_date(' ~ hallmark.names(end_date) ~ ') <=> ' ~ hallmark.forever()) -%}
{%- endmacro -%}
