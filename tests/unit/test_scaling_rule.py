"""The scaling rule: cases of the mission, and laws that hold for any telemetry."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallmark.lakehouse.errors import DataError
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import MINUTE, Decision, MinuteReading, Pool, PoolState, decide
from hallmark.platinum.signals import differences, recompute, signal_row

POLICY = ScalingPolicy()
NOON = datetime(2024, 10, 27, 12, tzinfo=UTC)
POOL = Pool(instances=2, min_instances=1, max_instances=8, gpus_per_instance=1)


def minute(at: int, mean: float | None, *, gpus: int = 2) -> MinuteReading:
    samples = 0 if mean is None else 12
    return MinuteReading(NOON + MINUTE * at, mean, samples, gpus if samples else 0, ("demo",))


def run(minutes: list[MinuteReading], pool: Pool = POOL, policy: ScalingPolicy = POLICY) -> list[Decision]:
    decisions, state = [], PoolState()
    for each in minutes:
        state, decision = decide(policy, pool, state, each)
        decisions.append(decision)
    return decisions


def steps(decisions: list[Decision]) -> list[int]:
    return [decision.delta for decision in decisions]


def test_two_more_after_five_minutes_above_70() -> None:
    decisions = run([minute(i, 90.0) for i in range(5)])
    assert steps(decisions) == [0, 0, 0, 0, 2]
    assert decisions[4].instances_after == 4
    assert decisions[4].reason == "mean GPU utilisation above 70 % for 5 minutes (lowest 90 %): 2 -> 4 instances"
    assert decisions[4].confidence == "full"
    assert decisions[4].evaluated_at == NOON + MINUTE * 5
    assert decisions[3].confidence == "partial"


def test_one_less_after_five_minutes_below_30() -> None:
    decisions = run([minute(i, 10.0) for i in range(5)])
    assert steps(decisions) == [0, 0, 0, 0, -1]
    assert decisions[4].reason == "mean GPU utilisation below 30 % for 5 minutes (highest 10 %): 2 -> 1 instances"


@pytest.mark.parametrize("mean", [70.0, 50.0, 30.0])
def test_the_thresholds_themselves_change_nothing(mean: float) -> None:
    decisions = run([minute(i, mean) for i in range(10)])
    assert steps(decisions) == [0] * 10
    assert "neither all above 70 % nor all below 30 %" in decisions[9].reason


@pytest.mark.parametrize(("usual", "other"), [(90.0, 60.0), (10.0, 40.0)])
def test_one_other_minute_breaks_the_five(usual: float, other: float) -> None:
    means = [usual] * 4 + [other] + [usual] * 4
    assert steps(run([minute(i, mean) for i, mean in enumerate(means)])) == [0] * 9


def test_cooldown_rests_in_both_directions() -> None:
    means = [90.0] * 5 + [10.0] * 6
    decisions = run([minute(i, mean) for i, mean in enumerate(means)], policy=ScalingPolicy(cooldown_seconds=360))
    assert steps(decisions) == [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, -1]
    assert "but cooldown of 360 s has 60 s left" in decisions[9].reason
    assert decisions[9].cooldown_left_seconds == 60
    assert decisions[10].last_action_at == decisions[4].evaluated_at


def test_never_above_max_nor_below_min() -> None:
    policy = ScalingPolicy(cooldown_seconds=0)
    up = run([minute(i, 99.0) for i in range(8)], Pool(2, 1, 5, 1), policy)
    assert [d.instances_after for d in up[4:]] == [4, 5, 5, 5]
    assert up[6].reason.endswith("but 5 instances is already at max 5")
    down = run([minute(i, 0.0, gpus=3) for i in range(8)], Pool(3, 2, 5, 1), policy)
    assert [d.instances_after for d in down[4:]] == [2, 2, 2, 2]


def test_a_pool_beyond_its_bounds_is_not_pushed_the_wrong_way() -> None:
    above = run([minute(i, 90.0, gpus=9) for i in range(5)], Pool(9, 1, 8, 1))
    assert steps(above) == [0] * 5, "scaling up must not shrink 9 to the max of 8"
    below = run([minute(i, 10.0, gpus=1) for i in range(5)], Pool(1, 2, 8, 1))
    assert steps(below) == [0] * 5, "scaling down must not grow 1 to the min of 2"


def test_a_gap_holds_until_five_minutes_are_known_again() -> None:
    idle = [minute(i, 5.0) for i in (0, 1, 2, 3, 7, 8, 9, 10, 11)]
    decisions = run(idle)
    assert steps(decisions) == [0] * 8 + [-1]
    assert decisions[4].reason == (
        "hold: no valid reading in 3 minutes (12:04, 12:05, 12:06) of the last 5; what is not known changes nothing"
    )


def test_a_silent_gpu_is_not_an_idle_one() -> None:
    decisions = run([minute(i, 5.0, gpus=1) for i in range(6)])
    assert steps(decisions) == [0] * 6
    assert "only 1 of 2 GPUs reported" in decisions[5].reason
    assert decisions[5].confidence == "none"
    assert (
        steps(run([minute(i, 5.0, gpus=1) for i in range(5)], policy=ScalingPolicy(min_gpu_coverage_pct=50)))[4] == -1
    )


@pytest.mark.parametrize("mean", [None, float("nan"), float("inf"), float("-inf")])
def test_a_mean_that_is_no_number_holds(mean: float | None) -> None:
    assert steps(run([MinuteReading(NOON + MINUTE * i, mean, 12, 2) for i in range(6)])) == [0] * 6


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (Pool(None, None, None, None), "pool unknown to gold.dim_node_pool"),
        (Pool(2, None, 8, 1), "lacks instances, min_instances or max_instances"),
        (Pool(2, 1, 8, None), "lacks gpus_per_instance"),
        (Pool(2, 1, 8, 0), "lacks gpus_per_instance"),
        (Pool(2, 8, 1, 1), "contradicts itself: 2 instances, min 8, max 1"),
        (Pool(-1, 0, 1, 1), "contradicts itself: -1 instances"),
    ],
)
def test_a_pool_that_gold_cannot_vouch_for_holds(pool: Pool, why: str) -> None:
    for mean in (90.0, 10.0):
        decisions = run([minute(i, mean) for i in range(6)], pool)
        assert [d.action for d in decisions] == ["hold"] * 6
        assert why in decisions[5].reason


def test_it_goes_on_from_what_it_asked_for_until_gold_says_otherwise() -> None:
    policy = ScalingPolicy(window_minutes=1, cooldown_seconds=0)
    state, first = decide(policy, POOL, PoolState(), minute(0, 90.0))
    state, second = decide(policy, POOL, state, minute(1, 90.0))
    assert (first.instances_after, second.instances_before) == (4, 4), "gold still says 2: not yet carried out"
    unknown = Pool(None, None, None, None)
    state, third = decide(policy, unknown, state, minute(2, 90.0))
    assert (third.action, third.instances_before, third.instances_after) == ("hold", 6, 6)
    _, back = decide(policy, POOL, state, minute(3, 50.0))
    assert back.instances_before == 6, "gold knows the pool again and says what it said before"
    _, fourth = decide(policy, Pool(7, 1, 8, 1), state, minute(3, 90.0, gpus=7))
    assert (fourth.instances_before, fourth.instances_after) == (7, 8), (
        "someone scaled to 7: a scale up must not shrink it"
    )


def test_a_nonsense_count_of_gold_is_not_remembered() -> None:
    state, nonsense = decide(POLICY, Pool(-1, 0, 1, 1), PoolState(), minute(0, 90.0))
    assert nonsense.instances_before == -1, "the row shows what gold said"
    _, unknown = decide(POLICY, Pool(None, None, None, None), state, minute(1, 90.0))
    assert unknown.instances_before is None


def test_a_minute_that_is_not_newer_is_ignored() -> None:
    state, _ = decide(POLICY, POOL, PoolState(), minute(3, 90.0))
    again, decision = decide(POLICY, POOL, state, minute(3, 10.0))
    assert again is state
    assert decision.action == "hold"
    assert decision.reason == "ignored: 12:03 is not newer than the last minute"


@pytest.mark.parametrize("start", [datetime(2024, 1, 1, 12), NOON + timedelta(seconds=1)])  # noqa: DTZ001
def test_a_minute_is_whole_and_has_a_zone(start: datetime) -> None:
    with pytest.raises(ValueError, match="whole minute with a time zone"):
        MinuteReading(start, 1.0, 1, 1)


# Laws. Means crowd round the thresholds, minutes are skipped, GPUs fall silent, gold holds what it likes.
means = st.one_of(
    st.none(),
    st.just(float("nan")),
    st.sampled_from([0.0, 29.9, 30.0, 70.0, 70.1]),
    st.floats(0, 30),
    st.floats(70, 100),
)
counts = st.integers(0, 6)
pools = st.one_of(
    st.builds(Pool, counts, st.integers(0, 2), st.integers(2, 6), st.integers(1, 2)),
    st.builds(Pool, *[st.one_of(st.none(), st.integers(-1, 6))] * 4),
)
policies = st.builds(
    ScalingPolicy,
    window_minutes=st.integers(1, 3),
    cooldown_seconds=st.sampled_from([0, 60, 150, 300]),
    scale_up_instances=st.integers(1, 3),
    scale_down_instances=st.integers(1, 3),
    min_gpu_coverage_pct=st.sampled_from([50.0, 100.0]),
)
moments = st.lists(pools, min_size=1, max_size=2).flatmap(
    lambda few: st.lists(
        st.tuples(st.sampled_from([1, 1, 1, 2]), means, st.integers(0, 12), st.sampled_from(few)), max_size=25
    )
)
Moments = list[tuple[int, float | None, int, Pool]]


def live(policy: ScalingPolicy, telemetry: Moments) -> list[Decision]:
    """Decisions on any telemetry, with a pool that gold changes as it likes."""
    decisions, state, at = [], PoolState(), 0
    for skip, mean, gpus, pool in telemetry:
        at += skip
        state, decision = decide(policy, pool, state, minute(at, mean, gpus=gpus))
        decisions.append(decision)
    return decisions


@given(policies, moments)
def test_law_an_action_lands_within_the_bounds_and_the_step(policy: ScalingPolicy, telemetry: Moments) -> None:
    for d in live(policy, telemetry):
        if d.action == "hold":
            assert d.delta == 0
            continue
        assert d.pool.min_instances is not None
        assert d.pool.max_instances is not None
        assert d.instances_after is not None
        assert d.pool.min_instances <= d.instances_after <= d.pool.max_instances
        assert (d.delta > 0) == (d.action == "scale_up")
        if d.pool.min_instances <= (d.instances_before or 0) <= d.pool.max_instances:
            assert -policy.scale_down_instances <= d.delta <= policy.scale_up_instances


@given(policies, moments)
def test_law_actions_keep_the_cooldown(policy: ScalingPolicy, telemetry: Moments) -> None:
    acted = [d.evaluated_at for d in live(policy, telemetry) if d.action != "hold"]
    assert all((late - soon).total_seconds() >= policy.cooldown_seconds for soon, late in pairwise(acted))


@given(policies, moments)
def test_law_only_telemetry_that_is_known_and_idle_shrinks(policy: ScalingPolicy, telemetry: Moments) -> None:
    for d in live(policy, telemetry):
        if d.action == "scale_down":
            assert d.confidence == "full"
            assert len(d.window) == policy.window_minutes
            for each in d.window:
                assert each.samples > 0
                assert each.mean_gpu_utilization_pct is not None
                assert each.mean_gpu_utilization_pct < policy.scale_down_below_pct
                assert each.gpus_reporting * 100 >= (d.pool.expected_gpus or 0) * policy.min_gpu_coverage_pct


@given(policies, moments)
def test_law_every_decision_recomputes_from_its_row(policy: ScalingPolicy, telemetry: Moments) -> None:
    telemetry = [
        (skip, None if mean is None or math.isnan(mean) else mean, gpus, pool) for skip, mean, gpus, pool in telemetry
    ]
    for d in live(policy, telemetry):
        row = signal_row("pool-a", d, gold_version=3, late_readings=1)
        assert recompute(row) == row


def test_a_decision_that_started_from_an_earlier_one_recomputes() -> None:
    policy = ScalingPolicy(window_minutes=1, cooldown_seconds=60)
    second = run([minute(i, 90.0) for i in range(2)], policy=policy)[1]
    assert (second.pool.instances, second.instances_before, second.instances_after) == (2, 4, 6)
    row = signal_row("pool-a", second, gold_version=3, late_readings=0)
    assert recompute(row) == row


def test_a_changed_row_is_found() -> None:
    row = signal_row("pool-a", run([minute(i, 90.0) for i in range(5)])[4], gold_version=3, late_readings=0)
    assert differences(row) == []
    assert differences({**row, "instances_after": 7, "delta": 5}) == ["instances_after", "delta"]
    assert "action" in differences({**row, "minutes": [*row["minutes"][:4], {**row["minutes"][4], "samples": 0}]})


def test_a_row_without_zones_is_refused() -> None:
    row = signal_row("pool-a", run([minute(0, 90.0)])[0], gold_version=3, late_readings=0)
    naive = [{**each, "minute_start": each["minute_start"].replace(tzinfo=None)} for each in row["minutes"]]
    with pytest.raises(DataError, match="a time without a zone"):
        recompute({**row, "minutes": naive})
    with pytest.raises(DataError, match="without a window"):
        recompute({**row, "minutes": []})
