"""Readings to minutes to decisions of one pool: exact, and the same in any order and split into batches."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallmark.lakehouse.errors import ProgressError
from hallmark.platinum.memory import PoolMemory
from hallmark.platinum.minutes import MICRO, OpenMinutes, Reading, to_micros
from hallmark.platinum.policy import ScalingPolicy
from hallmark.platinum.rule import Decision, Pool

POLICY = ScalingPolicy()
POOL = Pool(instances=1, min_instances=1, max_instances=8, gpus_per_instance=1)
START = 1_730_030_400 * MICRO  # 2024-10-27 12:00 UTC


def reading(second: float, pct: float | None = 50.0, gpu: str = "gpu-0", source: str = "demo") -> Reading:
    return Reading(gpu, START + int(second * MICRO), None if pct is None else round(pct * MICRO), source)


def test_a_minute_waits_for_late_readings_and_then_closes_for_good() -> None:
    minutes = OpenMinutes()
    minutes.add([reading(10), reading(59.999999), reading(60)])
    assert minutes.close(POLICY) == []
    minutes.add([reading(179.999999, 80.0), reading(20, 20.0)])
    assert minutes.close(POLICY) == [], "not yet two minutes past its end"
    minutes.add([reading(180, 80.0)])
    (closed,) = minutes.close(POLICY)
    assert to_micros(closed.minute_start) == START
    assert (closed.mean_gpu_utilization_pct, closed.samples, closed.gpus_reporting) == (40.0, 3, 1)
    minutes.add([reading(30, 99.0)])
    assert minutes.close(POLICY) == []
    assert (minutes.take_late(), minutes.take_late()) == (1, 0)


def test_a_longer_lateness_does_not_open_a_closed_minute_again() -> None:
    minutes = OpenMinutes()
    minutes.add([reading(10), reading(300)])
    assert len(minutes.close(POLICY)) == 1
    assert minutes.close(ScalingPolicy(allowed_lateness_seconds=600)) == []
    minutes.add([reading(20)])
    assert (minutes.late, list(minutes.minutes)) == (1, [START + 300 * MICRO])


def test_late_readings_are_counted_until_the_next_decision_tells_of_them() -> None:
    memory = PoolMemory()
    assert len(memory.advance(POLICY, POOL, [reading(10), reading(300)])) == 1
    assert memory.advance(POLICY, POOL, [reading(20), reading(30)]) == []
    assert PoolMemory.from_json(memory.as_json()).open.take_late() == 2


def test_a_minute_that_passed_without_a_reading_is_closed_too() -> None:
    minutes = OpenMinutes()
    minutes.add([reading(600)])
    assert minutes.close(POLICY) == []
    minutes.add([reading(240), reading(480)])
    assert sorted(minutes.minutes) == [START + 480 * MICRO, START + 600 * MICRO]
    assert minutes.late == 1


def test_the_same_reading_twice_counts_once_and_of_two_values_the_higher() -> None:
    minutes = OpenMinutes()
    minutes.add(
        [
            reading(1, 10.0),
            reading(1, 10.0),
            reading(2, 20.0),
            reading(2, 40.0),
            reading(2, None),
            reading(300),
        ]
    )
    (closed,) = minutes.close(POLICY)
    assert (closed.mean_gpu_utilization_pct, closed.samples) == (25.0, 2)


def test_each_gpu_needs_its_own_samples_to_count_as_reporting() -> None:
    minutes = OpenMinutes()
    seen = [reading(s, gpu="gpu-0", source="b") for s in (1, 2)] + [reading(3, gpu="gpu-1", source="a")]
    minutes.add([*seen, reading(4, None, gpu="gpu-2"), reading(300)])
    (closed,) = minutes.close(ScalingPolicy(min_samples_per_gpu=2))
    assert (closed.samples, closed.gpus_reporting) == (3, 1)
    assert closed.sources == ("a", "b", "demo")


def test_a_minute_with_nothing_but_broken_readings_is_a_minute_without_a_mean() -> None:
    memory = PoolMemory()
    broken = [reading(s, None) for s in range(0, 480, 10)]
    decisions = memory.advance(POLICY, POOL, broken)
    assert len(decisions) == 5
    assert {d.action for d in decisions} == {"hold"}
    assert decisions[4].window[4].mean_gpu_utilization_pct is None
    assert decisions[4].confidence == "none"


def test_times_before_1970_have_minutes_too() -> None:
    minutes = OpenMinutes()
    minutes.add([Reading("gpu-0", -1, 5 * MICRO, "demo"), Reading("gpu-0", 200 * MICRO, 5 * MICRO, "demo")])
    (closed,) = minutes.close(POLICY)
    assert closed.minute_start.isoformat() == "1969-12-31T23:59:00+00:00"


def test_a_state_of_another_release_is_refused() -> None:
    known = json.loads(PoolMemory().as_json())
    with pytest.raises(ProgressError, match="written by another release"):
        PoolMemory.from_json(json.dumps({**known, "version": known["version"] + 1}))


# Laws. `arrivals` are readings that come in an order in which each is at most the allowed lateness behind.
values = st.one_of(st.none(), st.integers(0, 100 * MICRO))
disorder = POLICY.allowed_lateness_seconds * MICRO
one = st.tuples(
    st.sampled_from(["gpu-0", "gpu-1"]),
    st.integers(0, 1200 * MICRO),
    values,
    st.sampled_from(["a", "b"]),
    st.integers(0, disorder),
)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Reading]:
    drawn = draw(st.lists(one, max_size=60))
    arrived = sorted(drawn, key=lambda each: each[1] + each[4])
    return [Reading(gpu, START + at, value, source) for gpu, at, value, source, _ in arrived]


def batches(readings: list[Reading], cuts: list[int]) -> list[list[Reading]]:
    bounds = [0, *sorted(min(cut, len(readings)) for cut in cuts), len(readings)]
    return [readings[begin:end] for begin, end in pairwise(bounds)]


def play(parts: list[list[Reading]], policy: ScalingPolicy) -> tuple[list[Decision], str]:
    """Decisions and the last memory; between two batches it goes through its text, as in the state store."""
    decisions, text = [], PoolMemory().as_json()
    for part in parts:
        memory = PoolMemory.from_json(text)
        decisions += memory.advance(policy, Pool(2, 1, 8, 1), part)
        text = memory.as_json()
    return decisions, text


quick = st.sampled_from([POLICY, ScalingPolicy(window_minutes=1, cooldown_seconds=0, min_gpu_coverage_pct=50)])


@given(quick, arrivals(), st.lists(st.integers(0, 60), max_size=8))
def test_law_any_split_into_batches_gives_the_same_decisions(
    policy: ScalingPolicy, readings: list[Reading], cuts: list[int]
) -> None:
    assert play(batches(readings, cuts), policy) == play([readings], policy)


@given(quick, arrivals().flatmap(lambda readings: st.tuples(st.just(readings), st.permutations(readings))))
def test_law_any_order_within_a_batch_gives_the_same_decisions(
    policy: ScalingPolicy, orders: tuple[list[Reading], list[Reading]]
) -> None:
    given_order, other = orders
    assert play([other], policy) == play([given_order], policy)


@given(quick, arrivals(), st.data())
def test_law_a_reading_that_comes_again_changes_nothing(
    policy: ScalingPolicy, readings: list[Reading], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(readings), max_size=10)) if readings else []
    assert play([readings + again], policy) == play([readings], policy)


@given(quick, arrivals())
def test_law_each_minute_is_decided_on_once_in_order(policy: ScalingPolicy, readings: list[Reading]) -> None:
    decided = [d.evaluated_at for d in play([[each] for each in readings], policy)[0]]
    assert decided == sorted(set(decided))


@given(quick, arrivals(), st.lists(st.integers(0, 60), max_size=8), st.randoms(use_true_random=False))
def test_law_no_reading_vanishes(policy: ScalingPolicy, readings: list[Reading], cuts: list[int], dice: object) -> None:
    shuffled = readings.copy()
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as Random only at run time
    memory, decided = PoolMemory(), 0
    for part in batches(shuffled, cuts):
        decided += sum(d.window[-1].samples for d in memory.advance(policy, POOL, part))
    waiting = sum(len(moments) for m in memory.open.minutes.values() for moments in m.gpus.values())
    distinct = len({(r.gpu_id, r.observed_us) for r in readings if r.micro is not None})
    assert decided + waiting <= distinct <= decided + waiting + memory.open.late
