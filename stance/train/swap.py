"""The actor-swap test: another country in the same sentence must not change the stance toward it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import resources
from itertools import combinations, islice
from typing import Any, Final

import numpy as np

from stance.evaluate import judge_all
from stance.judge import Judge
from stance.records import Case, Stance, StanceScore, Target
from stance.train.examples import Example
from stance.train.origins import fraction_of

MOST_TEXTS: Final = 300
_OTHERS: Final = 4
_MOST_CHARACTERS: Final = 600


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("stance.train") / "swap.toml").read_text(encoding="utf-8"))


def swap_actors(judge: Judge, examples: Iterable[Example]) -> dict[str, dict[str, float]]:
    """Measure how far stance moves when one country is put in place of another.

    Args:
        judge: The model.
        examples: Rows of any source; development rows that name one country of `swap.toml` are used, at most
            `MOST_TEXTS` of them, chosen by hash.

    Returns:
        For `templates` (every country in every sentence of ours) and `development` (the country of a text and four
        others), over all pairs of countries in one text: `n` pairs, `median` and `p90` of the absolute change of the
        stance probability that changes most, and the share of pairs with two labels (`label_changed`).
    """
    countries: Sequence[str] = _words()["countries"]
    templates = [(template, countries) for template in _words()["templates"]]
    return {
        "templates": _measure(judge, templates),
        "development": _measure(judge, list(_texts(examples, countries))),
    }


def _texts(examples: Iterable[Example], countries: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Texts with `{}` for their country, each with that country and a few others."""
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(countries)})(?![^\W_])")
    found: dict[str, str] = {}
    for example in examples:
        named = set(pattern.findall(example.text))
        short = len(example.text) <= _MOST_CHARACTERS and not {"{", "}"} & set(example.text)
        if example.split == "dev" and len(named) == 1 and short:
            found[example.text] = named.pop()
    for text in sorted(found, key=fraction_of)[:MOST_TEXTS]:
        others = sorted(set(countries) - {found[text]}, key=partial(_place, text))
        yield pattern.sub("{}", text), [found[text], *others[:_OTHERS]]


def _place(text: str, country: str) -> float:
    """Where a country stands in the draw for a text."""
    return fraction_of(f"{country} {text}")


def _measure(judge: Judge, texts: Sequence[tuple[str, Sequence[str]]]) -> dict[str, float]:
    cases = [_case(text, country) for text, countries in texts for country in countries]
    scores = (judgement.stances[0] for judgement in judge_all(judge, cases))
    pairs = [pair for _, countries in texts for pair in combinations(list(islice(scores, len(countries))), 2)]
    changes = [_largest_change(one, other) for one, other in pairs]
    if not pairs:
        return {"n": 0}
    return {
        "n": len(pairs),
        "median": round(float(np.median(changes)), 4),
        "p90": round(float(np.quantile(changes, 0.9)), 4),
        "label_changed": round(float(np.mean([one.label is not other.label for one, other in pairs])), 4),
    }


def _case(text: str, country: str) -> Case:
    filled = text.replace("{}", country)
    spans = tuple(match.span() for match in re.finditer(rf"(?<![^\W_]){country}(?![^\W_])", filled))
    return Case(comment_id="swap", text=filled, targets=(Target(actor_id=country, name=country, spans=spans),))


def _largest_change(one: StanceScore, other: StanceScore) -> float:
    return max(abs(one.probabilities[stance] - other.probabilities[stance]) for stance in Stance)
