"""How quality rules and reactions to broken rules changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hallmark.contracts.build_quality import REACTION_OPTIONS
from hallmark.contracts.change_kinds import Change, change
from hallmark.contracts.change_limits import OPERATORS, Step, operator_step, rule_unit, tolerance_step
from hallmark.contracts.change_reactions import as_warning, customs, only_warns, reaction, tolerance
from hallmark.contracts.change_walk import Entry, Group, by, each, join, level, pair, reordering, whole
from hallmark.contracts.values import same, shown

DOCUMENTATION = (
    "id",
    "name",
    "description",
    "dimension",
    "businessImpact",
    "tags",
    "authoritativeDefinitions",
    "method",
)
_STRENGTH = {"warn": 0, "quarantine": 1, "drop": 2, "fail": 3}
_KINDS: dict[Step, str] = {
    "narrower": "qualityRuleTightened", "wider": "qualityRuleLoosened", "other": "qualityRuleChanged",
}  # fmt: skip


def compare_quality(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    """The changes of an entry's quality rules; rules are paired by id, by name, else by what they measure."""
    path = join(path, "quality")
    pairs = pair(
        old.get("quality") or [],
        new.get("quality") or [],
        by("id"),
        by("name"),
        whole,
        in_order=_measure,
    )
    yield from reordering(pairs, path, _label)
    for before, after in pairs.both:
        if not same(before, after):
            yield from _rule(before, after, join(path, _label(before)))
    for rule in pairs.removed:
        yield change(_coming_kind(rule, "Removed"), join(path, _label(rule)), rule, None)
    for rule in pairs.added:
        yield change(_coming_kind(rule, "Added"), join(path, _label(rule)), None, rule)


def compare_customs(old: Entry, new: Entry, path: str, known: dict[str, str] | None = None) -> Iterator[Change]:
    """The changes of an entry's custom properties: kinds by name in `known`, reactions, and all others."""
    path = join(path, "customProperties")
    pairs = pair(old.get("customProperties") or [], new.get("customProperties") or [], by("id"), by("property"))
    before, after = customs(old), customs(new)
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if not same(one, other):
            if name in REACTION_OPTIONS:
                yield change(_KINDS.get(_reaction_step(name, old, new), "rewritten"), join(path, name), one, other)
            elif kind := (known or {}).get(name, "customPropertyChanged"):
                yield change(kind, join(path, name), one, other)
    yield from reordering(pairs, path, lambda entry: str(entry.get("property")))
    for one_entry, other_entry in pairs.both:
        names = str(one_entry.get("property"))
        groups = each("documentationChanged", "description", "id")
        yield from level(groups, one_entry, other_entry, join(path, names), elsewhere=("value", "property"))


def _reaction_step(name: str, old: Entry, new: Entry) -> Step:
    if name == "onViolation":
        return _strength_step(reaction(old), reaction(new))
    return tolerance_step(tolerance(old), tolerance(new))


def _rule(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    if _kind(old) == _kind(new) == "text":
        found = [change("documentationChanged", path, old, new)]
    else:
        found = list(level(_GROUPS, old, new, path))
    warns = only_warns(old, new)
    for each_one in found:
        is_rule = each_one.kind.startswith(("qualityRule", "validValues"))
        yield as_warning(each_one) if warns and is_rule else each_one


def _operators(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    step = operator_step(old, new)
    before, after = ({key: rule[key] for key in OPERATORS if rule.get(key) is not None} for rule in (old, new))
    if step != "same":
        yield change(_KINDS[step], join(path, "mustBe"), before or None, after or None)


def _severity(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    step = _strength_step(reaction(old), reaction(new))
    if step != "same":
        yield change(_KINDS[step], join(path, "severity"), old.get("severity"), new.get("severity"))
    elif reaction(old) == "warn":
        yield change("warningRuleChanged", join(path, "severity"), old.get("severity"), new.get("severity"))


def _strength_step(old: str, new: str) -> Step:
    before, after = _STRENGTH.get(old), _STRENGTH.get(new)
    if before is None or after is None:
        return "same" if old == new else "other"
    return "same" if before == after else "narrower" if after > before else "wider"


def _unit(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    if rule_unit(old) != rule_unit(new):
        yield change("qualityRuleChanged", join(path, "unit"), old.get("unit"), new.get("unit"))


def _type(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    if _kind(old) != _kind(new):
        yield change("qualityRuleChanged", join(path, "type"), _kind(old), _kind(new))


def _arguments(old: Entry, new: Entry, path: str) -> Iterator[Change]:
    before, after = (_values(rule) for rule in (old, new))
    path = join(path, "arguments")
    if before is not None and after is not None:
        gone, come = (
            [value for value in one if value not in other] for one, other in ((before, after), (after, before))
        )
        kind = "validValuesChanged" if gone and come else "validValuesShrunk" if gone else "validValuesGrown"
        if gone or come:
            yield change(kind, join(path, "validValues"), gone or None, come or None)
    told = {"validValues"} if before is not None and after is not None else set()
    one, other = old.get("arguments") or {}, new.get("arguments") or {}
    for name in dict.fromkeys([*one, *other]):
        if name not in told and not same(one.get(name), other.get(name)):
            yield change("qualityRuleChanged", join(path, name), one.get(name), other.get(name))
    if (before is None) != (after is None) and "validValues" not in {*one, *other}:  # as ODCS 3.0 wrote them
        yield change("qualityRuleChanged", join(path, "validValues"), before, after)


def _values(rule: Entry) -> list[str] | None:
    found = (rule.get("arguments") or {}).get("validValues", rule.get("validValues"))
    return [str(shown(_whole(value))) for value in found] if isinstance(found, list) else None


def _whole(value: Any) -> Any:
    """A number without digits behind its point as a whole one: valid values of numbers are compared as such."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_GROUPS = (
    *each("documentationChanged", *DOCUMENTATION),
    *each("scheduleChanged", "schedule", "scheduler"),
    *each("qualityRuleChanged", "metric", "rule", "query", "engine", "implementation"),
    Group(("unit",), _unit),
    Group(("severity",), _severity),
    Group(("type",), _type),
    Group(OPERATORS, _operators),
    Group(("arguments", "validValues"), _arguments),
    Group(("customProperties",), compare_customs),
)


def _kind(rule: Entry) -> str:
    metric = rule.get("metric") or rule.get("rule")
    return str(rule.get("type") or ("library" if metric else "text"))


def _coming_kind(rule: Entry, how: str) -> str:
    if _kind(rule) == "text":
        return "documentationChanged"
    return f"{'warning' if only_warns(rule) else 'quality'}Rule{how}"


def _measure(rule: Entry) -> tuple[Any, ...]:
    arguments = tuple(sorted(map(str, rule.get("arguments") or {})))
    return _kind(rule), rule.get("metric") or rule.get("rule"), arguments, shown(rule.get("engine"))


def _label(rule: Entry) -> str:
    return str(rule.get("id") or rule.get("name") or rule.get("metric") or rule.get("rule") or _kind(rule))
