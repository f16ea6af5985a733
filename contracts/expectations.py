"""The arguments of Great Expectations' own expectations (1.x), for those that no rule of ours says.

A suite with an argument that its expectation does not have can't be loaded, so it is told while the contract is read.
"""

from __future__ import annotations

COMMON = (
    "column", "mostly", "row_condition", "condition_parser", "ignore_row_if", "result_format", "catch_exceptions",
    "meta", "severity", "notes", "description", "batch_id", "id", "rendered_content", "windows", "strict",
)  # fmt: skip
_RANGE = ("min_value", "max_value", "strict_min", "strict_max")
_PAIR = ("column_A", "column_B")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "expect_table_row_count_to_be_between": _RANGE,
    "expect_table_row_count_to_equal": ("value",),
    "expect_table_row_count_to_equal_other_table": ("other_table_name",),
    "expect_table_column_count_to_be_between": ("min_value", "max_value"),
    "expect_table_column_count_to_equal": ("value",),
    "expect_table_columns_to_match_set": ("column_set", "exact_match"),
    "expect_table_columns_to_match_ordered_list": ("column_list",),
    "expect_column_to_exist": ("column_index",),
    **{
        f"expect_column_{what}_to_be_between": _RANGE
        for what in (
            "min", "max", "mean", "median", "sum", "stdev", "unique_value_count", "proportion_of_unique_values",
            "proportion_of_non_null_values",
        )
    },
    "expect_column_quantile_values_to_be_between": ("quantile_ranges", "allow_relative_error"),
    "expect_column_value_z_scores_to_be_less_than": ("threshold", "double_sided"),
    "expect_column_values_to_be_unique": (),
    "expect_column_values_to_be_null": (),
    "expect_column_values_to_be_of_type": ("type_",),
    "expect_column_values_to_be_in_type_list": ("type_list",),
    "expect_column_values_to_not_match_regex": ("regex",),
    "expect_column_values_to_match_regex_list": ("regex_list", "match_on"),
    "expect_column_values_to_not_match_regex_list": ("regex_list",),
    "expect_column_values_to_match_like_pattern": ("like_pattern",),
    "expect_column_values_to_not_match_like_pattern": ("like_pattern",),
    "expect_column_values_to_match_like_pattern_list": ("like_pattern_list", "match_on"),
    "expect_column_values_to_not_match_like_pattern_list": ("like_pattern_list",),
    **{f"expect_column_distinct_values_to_{verb}_set": ("value_set",) for verb in ("be_in", "contain", "equal")},
    "expect_column_most_common_value_to_be_in_set": ("value_set", "ties_okay"),
    "expect_column_pair_values_to_be_equal": _PAIR,
    "expect_column_pair_values_a_to_be_greater_than_b": (*_PAIR, "or_equal"),
    "expect_column_pair_values_to_be_in_set": (*_PAIR, "value_pairs_set"),
    "expect_compound_columns_to_be_unique": ("column_list",),
    "expect_select_column_values_to_be_unique_within_record": ("column_list",),
    "expect_multicolumn_sum_to_equal": ("column_list", "sum_total"),
}  # fmt: skip
