"""The model card's sections on trust: calibration, abstention, hard language, fairness, explanations.

An evaluation made before one of them was measured lacks its key, and the card its section; a section that is there but
lacks a figure is an error, as everywhere on the card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def trust_sections(evaluation: Json) -> Iterator[str]:
    """Yield the lines of every section whose figures were measured."""
    for key, section in _SECTIONS.items():
        if key in evaluation:
            yield from section(evaluation[key])


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a Markdown table and an empty line."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def figure(value: float) -> str:
    """A figure with three digits; None is an error."""
    return f"{value:.3f}"


def optional(value: float | None) -> str:
    """A figure that may be undefined: a dash where one class is absent."""
    return "–" if value is None else figure(value)


def _reliability(reliability: Json) -> Iterator[str]:
    yield "## Calibration"
    yield ""
    yield "Expected calibration error over all sources together, on rows that calibration did not see; beside it what"
    yield "exactly right probabilities would show on as many rows, since few rows miss their mark by chance; and how"
    yield "often the least likely and the likeliest tenth of the rows came true (for stance and relation: the winner"
    yield "was right). All ten bins stand in `evaluation.json`."
    yield ""
    yield from table(
        ("label", "rows", "ECE", "by chance", "lowest tenth: said", "was", "highest tenth: said", "was"),
        (
            (
                label,
                f"{found['n']:,}",
                figure(found["ece"]),
                figure(found["ece_by_chance"]),
                *(figure(found["bins"][place][key]) for place in (0, -1) for key in ("probability", "share")),
            )
            for label, found in reliability.items()
        ),
    )


def _abstention(abstention: Json) -> Iterator[str]:
    yield "## Not sure"
    yield ""
    if "threshold" in abstention:
        yield f"A stance whose probability is below {abstention['threshold']:.2f} is marked as not sure (`sure` is"
        yield "false in the output; the label stays). The threshold is the lowest at which three of four sure answers"
        yield "were right on the rows that calibration was fitted on. On the other rows"
        yield f"{abstention['coverage']:.0%} are sure, and {optional(abstention['accuracy'])} of those right."
        yield ""
    yield from table(
        ("stances at or above", "share of all", "accuracy"),
        (
            (f"{point['threshold']:.2f}", figure(point["coverage"]), optional(point["accuracy"]))
            for point in abstention["curve"]
        ),
    )


def _contrasts(contrasts: Json) -> Iterator[str]:
    yield "## Hard language"
    yield ""
    yield "Templated pairs of our own that differ in little and mean the opposite, held back and written for other"
    yield "contrasts than those that train. Chance is about 0.5 in both columns."
    yield ""
    yield from table(
        ("kind", "stances", "accuracy", "comments", "TOXICITY AUC"),
        (
            (
                kind,
                str(found.get("n_stances", 0)),
                optional(found.get("stance_accuracy")),
                str(found["n_comments"]),
                optional(found["toxicity_auc"]),
            )
            for kind, found in contrasts.items()
        ),
    )


def _fairness(fairness: Json) -> Iterator[str]:
    yield "## Fairness"
    yield ""
    yield "How comments that name an identity fare (Borkan et al. 2019): AUC within the group; of the others' positives"
    yield "against the group's negatives (BPSN, low where harmless comments about the group are over-flagged); of the"
    yield "others' negatives against the group's positives (BNSP). All sources together; identities are found by the"
    yield "words of `stance/train/identities.toml`."
    yield ""
    yield from table(
        ("attribute", "identity", "comments", "positive", "subgroup AUC", "BPSN AUC", "BNSP AUC"),
        (
            (
                attribute,
                identity.replace("_", " "),
                f"{found['n']:,}",
                f"{found['n_positive']:,}",
                *(figure(found[name]) for name in ("subgroup_auc", "bpsn_auc", "bnsp_auc")),
            )
            for attribute, identities in fairness["identities"].items()
            for identity, found in identities.items()
        ),
    )
    yield "One country put in place of another in the same sentence: how far the stance probability that moves most"
    yield "moves, and how often the label changes."
    yield ""
    yield from table(
        ("sentences", "pairs", "median", "90th percentile", "label changed"),
        (
            (name, f"{found['n']:,}", *(figure(found[key]) for key in ("median", "p90", "label_changed")))
            for name, found in fairness["actor_swap"].items()
            if found["n"]
        ),
    )


def _explanations(explanations: Json) -> Iterator[str]:
    yield "## Do the words shown carry the score?"
    yield ""
    yield "Deleting the words that are said to carry an attribute or a stance, and deleting as many other words at"
    yield "random (for a stance: of those it is read from, names of the target never): by how much the log-odds fall,"
    yield "and how often the carriers' deletion takes more away."
    yield ""
    yield from table(
        ("attribute or stance", "comments", "without carriers", "without random words", "carriers take more"),
        (
            (name, f"{found['n']:,}", *(figure(found[key]) for key in ("carriers", "random", "carriers_take_more")))
            for name, found in explanations.items()
        ),
    )


_SECTIONS = {
    "reliability": _reliability,
    "abstention": _abstention,
    "contrasts": _contrasts,
    "fairness": _fairness,
    "explanations": _explanations,
}
