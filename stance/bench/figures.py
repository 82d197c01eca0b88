"""Figures: each a ratio, what was wanted of it, and tables of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure says, and the least or the most that is wanted of it."""

    what: str
    at_most: float | None = None
    at_least: float | None = None

    def met(self, value: float) -> bool:
        """Whether a value is as good as wanted."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    @property
    def wanted(self) -> str:
        """The bound as it is shown."""
        return f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"


BARS: Final[Mapping[str, Bar]] = {
    "pipeline": Bar("whole pipeline / bare encoder on the same tokens", at_most=1.25),
    "arrival": Bar("batches of 32 in order of arrival / our batches, time", at_least=4.0),
    "by_length": Bar("batches of 32 sorted by length / our batches, time", at_least=1.2),
    "apart": Bar("largest difference of a probability between these batchings", at_most=1e-5),
    "int8": Bar("fp32 / int8, time", at_least=1.5),
    "flop": Bar("bare encoder / fp32 matrix product, operations a second", at_least=0.75),
    "calls": Bar("a call for each of 6 actors, relation, sentence, attribute set / judging, time", at_least=8.0),
    "calls_all": Bar("the same / judging, and reading alone for replies and names", at_least=8.0),
    "actors": Bar("20 actors a comment / 2, time", at_most=1.15),
    "detoxify": Bar("BERT-base with six outputs / ours, time", at_least=4.0),
    "memory": Bar("peak memory, most comments / fewest", at_most=1.3),
    "startup": Bar("a run over one comment / `import torch, transformers`, time", at_most=1.6),
    "workers": Bar("2 workers / half the time of 1", at_most=1.15),
    "ray": Bar("Ray / local, 2 workers, time", at_most=1.15),
}
"""All figures, in the order in which they are shown."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "pipeline": ("pipeline", "flop"),
    "encoder": ("arrival", "by_length", "apart"),
    "int8": ("int8",),
    "calls": ("calls", "calls_all", "actors"),
    "detoxify": ("detoxify",),
    "memory": ("memory",),
    "startup": ("startup",),
    "workers": ("workers",),
    "ray": ("ray",),
}
"""Which figures are measured together."""

PARTS: Final[Mapping[str, str]] = {
    "encoder": "encoder",
    "tokens": "cutting texts into tokens",
    "heads": "heads, and joining their answers",
    "rest": "all else: reading, replies, actors, queue, rows, files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One group of figures: `ratios` by their names in `BARS`, and in `seen` the numbers that they were made of."""

    ratios: Mapping[str, float]
    seen: Mapping[str, float]
    machine: Mapping[str, str | int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object, numbers at four significant digits."""
        fields = asdict(self)
        return {**fields, "ratios": _short(self.ratios), "seen": _short(self.seen)}


def markdown_table(held: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table of measured groups, as `Measured.to_json` gave them; one not measured says so."""
    return "\n".join(
        [
            "| figure | measured | wanted | | comments |",
            "|---|---|---|---|---|",
            *(f"| {' | '.join(row)} | {_size(name, held)} |" for name, row in _rows(held).items()),
        ]
    )


def markdown_profile(held: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table of where the pipeline's processor time went; nothing where it was not measured."""
    if "pipeline" not in held:
        return "Not measured yet."
    seen = held["pipeline"]["seen"]
    parts = [(words, float(seen[f"{name}_seconds"])) for name, words in PARTS.items()]
    lines = [f"| {words} | {part / seen['processor_seconds']:.0%} |" for words, part in parts]
    return "\n".join(["| part of the pipeline | processor time |", "|---|---|", *lines])


def machine_lines(held: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one line a machine: what it is, and which groups were measured on it."""
    groups: dict[str, list[str]] = {}
    for name in GROUPS:
        if name in held:
            of = held[name]["machine"]
            words = f"{of['processor']}, {of['cores']} cores, {of['instructions']}, torch {of['torch']}"
            groups.setdefault(words, []).append(name)
    return "\n".join(f"- {words}: {', '.join(names)}" for words, names in groups.items()) or "Not measured yet."


def rate_line(held: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what one core was measured to score in a second, and on how much and where."""
    if "pipeline" not in held:
        return "  not measured yet."
    seen, of = held["pipeline"]["seen"], held["pipeline"]["machine"]
    rate, tokens = seen["comments_a_processor_second"], seen["tokens"] / seen["comments"]
    return f"  {rate:.1f} comments a second and core, {tokens:.0f} tokens being read for each ({of['processor']})."


def plain_rows(held: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Return what was measured: what, value, what was wanted, and `missed` where it was not reached."""
    return [row for row in _rows(held).values() if row[1]]


def _rows(held: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, str, str, str]]:
    values = {name: value for group in held.values() for name, value in group["ratios"].items()}
    rows = {}
    for name, bar in BARS.items():
        value = values.get(name)
        if value is None:
            rows[name] = (bar.what, "", bar.wanted, "not measured yet")
        else:
            rows[name] = (bar.what, show(value), bar.wanted, "" if bar.met(value) else "missed")
    return rows


def _size(figure: str, held: Mapping[str, Mapping[str, Any]]) -> str:
    """How many comments a figure was measured on."""
    group = next(name for name, figures in GROUPS.items() if figure in figures)
    return f"{held[group]['seen']['comments']:,}" if group in held else ""


def show(value: float) -> str:
    """Three significant digits; powers of ten where a number is tiny."""
    if value == 0 or abs(value) >= 1e-3:
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:.0e}"


def _short(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: value if isinstance(value, int) else float(f"{value:.4g}") for name, value in numbers.items()}
