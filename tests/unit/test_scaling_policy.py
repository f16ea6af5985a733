"""The scaling policy: one text and one fingerprint a policy, and no policy that can't be meant."""

from __future__ import annotations

import json

import pytest

from hallmark.lakehouse.errors import SettingsError
from hallmark.platinum.policy import ScalingPolicy


def test_the_defaults_are_the_missions_rule() -> None:
    policy = ScalingPolicy()
    assert (policy.scale_up_above_pct, policy.scale_up_instances) == (70.0, 2)
    assert (policy.scale_down_below_pct, policy.scale_down_instances) == (30.0, 1)
    assert policy.window_minutes == 5


def test_the_fingerprint_stays_the_same_from_release_to_release() -> None:
    # Stored decisions name it: a new field, default or meaning must be seen here and raise RULE_VERSION.
    assert ScalingPolicy().fingerprint == "9b88c729e68e97054e44441ff3c38ef839d35f0f5616557df7e6b725d595fb01"


def test_equal_policies_have_one_text() -> None:
    whole = ScalingPolicy(scale_up_above_pct=80, scale_down_below_pct=20)
    assert whole.as_json() == ScalingPolicy(scale_up_above_pct=80.0, scale_down_below_pct=20.0).as_json()


def test_each_number_changes_the_fingerprint() -> None:
    changed = [
        ScalingPolicy(scale_up_above_pct=71),
        ScalingPolicy(scale_down_below_pct=29),
        ScalingPolicy(window_minutes=6),
        ScalingPolicy(scale_up_instances=3),
        ScalingPolicy(scale_down_instances=2),
        ScalingPolicy(cooldown_seconds=301),
        ScalingPolicy(min_samples_per_gpu=2),
        ScalingPolicy(min_gpu_coverage_pct=99),
        ScalingPolicy(allowed_lateness_seconds=121),
    ]
    assert len({policy.fingerprint for policy in (ScalingPolicy(), *changed)}) == 10


def test_a_policy_comes_back_from_its_text() -> None:
    policy = ScalingPolicy(scale_up_above_pct=66.6, window_minutes=3, cooldown_seconds=0)
    assert ScalingPolicy.from_json(policy.as_json()) == policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale_up_above_pct", 100.1),
        ("scale_up_above_pct", float("nan")),
        ("scale_down_below_pct", -1),
        ("scale_down_below_pct", 70),
        ("scale_up_above_pct", True),
        ("min_gpu_coverage_pct", 0),
        ("window_minutes", 0),
        ("window_minutes", 1441),
        ("window_minutes", 2.5),
        ("scale_up_instances", 0),
        ("scale_down_instances", -1),
        ("cooldown_seconds", -1),
        ("min_samples_per_gpu", 0),
        ("allowed_lateness_seconds", -1),
        ("rule_version", "0"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError) as letter:
        ScalingPolicy(**{name: value})  # type: ignore[arg-type]  # wrong values are the point
    assert letter.value.where == name
    assert letter.value.wanted


@pytest.mark.parametrize("text", ["", "7", "[]", "{"])
def test_a_text_that_is_no_policy(text: str) -> None:
    with pytest.raises(SettingsError, match="the scaling policy can't be used"):
        ScalingPolicy.from_json(text)


def test_an_unknown_key_suggests_the_near_one() -> None:
    with pytest.raises(SettingsError, match="did you mean 'window_minutes'"):
        ScalingPolicy.from_json(json.dumps({"window_minuts": 5}))
