"""Whether identity words raise scores by themselves: the areas under the curve of Borkan et al. 2019 (1903.04561)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final

from stance.evaluate import group_aucs
from stance.records import Attribute
from stance.train.answers import Answer

WATCHED: Final = (Attribute.TOXICITY, Attribute.INSULT, Attribute.IDENTITY_ATTACK)
LEAST_ROWS: Final = 10
"""An identity with fewer positives or fewer negatives than this has no figure: it would be chance."""


@cache
def _identities() -> Mapping[str, re.Pattern[str]]:
    words = tomllib.loads((resources.files("stance.train") / "identities.toml").read_text(encoding="utf-8"))
    return {
        identity: re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, names))})(?![^\W_])", re.IGNORECASE)
        for identity, names in words.items()
    }


def find_identities(text: str) -> tuple[str, ...]:
    """Return the identities that a text names, by the words of `identities.toml`."""
    return tuple(identity for identity, words in _identities().items() if words.search(text))


def measure_identities(answers: Iterable[Answer]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Compare how comments that name an identity fare against all others, all sources together.

    Args:
        answers: To rows of the task `attributes`.

    Returns:
        By attribute and identity: `n`, `n_positive`, `subgroup_auc`, `bpsn_auc`, `bnsp_auc`.
    """
    kept = list(answers)
    named = [find_identities(answer.text) for answer in kept]
    figures: dict[str, dict[str, dict[str, float | None]]] = {}
    for attribute in WATCHED:
        rows = [place for place, answer in enumerate(kept) if attribute.value in answer.yes_no]
        gold = [kept[place].yes_no[attribute.value] for place in rows]
        given = [kept[place].probabilities[attribute.value] for place in rows]
        for identity in _identities():
            member = [identity in named[place] for place in rows]
            n_positive = sum(truth for truth, inside in zip(gold, member, strict=True) if inside)
            if min(n_positive, sum(member) - n_positive) < LEAST_ROWS:
                continue
            counts = {"n": sum(member), "n_positive": n_positive}
            figures.setdefault(attribute.value, {})[identity] = counts | group_aucs(gold, given, member)
    return figures
