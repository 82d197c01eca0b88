"""The model card, rendered from `evaluation.json`: a figure that is missing there is an error, never a blank."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from stance.errors import ModelBroken, ModelMissing
from stance.train.card_trust import figure, table, trust_sections
from stance.train.report import EVALUATION
from stance.train.sources import SOURCES

CARD: Final = "README.md"
CLEARLY: Final = 0.02
"""A head beats its baseline clearly by this much macro-F1 or area under the curve."""

Json = Mapping[str, Any]


def write_card(folder: Path) -> None:
    """Render `README.md` of a model folder.

    Raises:
        ModelMissing: There is no `evaluation.json`.
        ModelBroken: A figure that the card shows is not in it.
    """
    (folder / CARD).write_text(render_card(folder))


def render_card(folder: Path) -> str:
    """Return the card of a model folder as Markdown.

    Raises:
        ModelMissing: There is no `evaluation.json`.
        ModelBroken: A figure that the card shows is not in it.
    """
    path = folder / EVALUATION
    if not path.is_file():
        raise ModelMissing(folder, missing=EVALUATION)
    try:
        return "\n".join(_lines(json.loads(path.read_text()))) + "\n"
    except (KeyError, TypeError, ValueError) as error:
        raise ModelBroken(folder, what=f"{EVALUATION} lacks a figure of the card ({error})") from error


def _lines(evaluation: Json) -> Iterator[str]:
    training = evaluation["training"]
    recipe = training["recipe"]
    yield "# Model card"
    yield ""
    yield f"Model `{evaluation['model_id']}`, made by `stance train {recipe['name']}`:"
    yield f"{recipe['backbone']} (Apache-2.0) with one head each for stance, relation, sentences,"
    yield "attributes, names and reply links, trained together."
    yield f"{training['n_steps']:,} steps on {training['device']} ({training['threads']} threads),"
    yield f"torch {training['torch']}, seed {recipe['seed']}."
    if "remark" in training:
        yield from ("", training["remark"])
    yield ""
    yield "This page is rendered from `evaluation.json`; `stance train` writes both. All figures are on development"
    yield "splits, whose texts no training row holds. TF-IDF is word and word-pair counts with logistic regression on"
    yield "the same rows."
    yield ""
    yield from _multi_class(evaluation, "stance", "Stance toward a target", "three classes; P-Stance offers two")
    yield from _multi_class(evaluation, "relation", "Relation to what is answered", "rebut, support, query, comment")
    yield from _structure(evaluation)
    yield from _yes_no(evaluation, "sentence", "Sentences: claims, rhetoric, devices")
    yield from _yes_no(evaluation, "attributes", "Attributes")
    yield from _names(evaluation)
    yield from trust_sections(evaluation)
    yield from _weak(evaluation)
    yield from _sources(_passes(recipe["stages"]))
    yield from _limits()


def _baseline(evaluation: Json, name: str) -> str:
    """A split without training rows of its label has no baseline; that is no missing figure."""
    value = evaluation["baselines"].get(name)
    return "–" if value is None else figure(value)


def _multi_class(evaluation: Json, task: str, title: str, classes: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"Macro-F1 ({classes}); ECE on rows that calibration did not see."
    yield ""
    yield from table(
        ("development split", "rows", "macro-F1", "accuracy", "ECE", "TF-IDF macro-F1", "majority macro-F1"),
        (
            (
                name.split("/")[1],
                f"{report['n']:,}",
                figure(report["metrics"]["macro_f1"]),
                figure(report["metrics"]["accuracy"]),
                figure(evaluation["held_out"][name]["ece"]),
                _baseline(evaluation, f"{name} macro_f1"),
                figure(report["baseline"]["majority"]["macro_f1"]),
            )
            for name, report in _of(evaluation, task)
        ),
    )


def _structure(evaluation: Json) -> Iterator[str]:
    yield "## Who answers whom"
    yield ""
    yield "Internet Argument Corpus, held-out discussions; only replies that quote are scored, because a forum's"
    yield "default reply button says nothing. Share of parents found."
    yield ""
    reports = dict(_of(evaluation, "structure"))
    if not reports:
        raise KeyError("structure")
    yield from table(
        ("", "replies", "parents found", "authors found", *next(iter(reports.values()))["baseline"]),
        (
            (
                name.split("/")[1],
                f"{report['n']:,}",
                figure(report["metrics"]["parent_accuracy"]),
                figure(report["metrics"]["author_accuracy"]),
                *(figure(figures["parent_accuracy"]) for figures in report["baseline"].values()),
            )
            for name, report in reports.items()
        ),
    )


def _yes_no(evaluation: Json, task: str, title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from table(
        ("label", "development split", "AUC", "average precision", "TF-IDF AUC"),
        (
            (
                label,
                name.split("/")[1],
                figure(figures["auc"]),
                figure(figures["average_precision"]),
                _baseline(evaluation, f"{name} {label} auc"),
            )
            for label, name, figures in sorted(_labels(evaluation, task), key=lambda row: row[:2])
        ),
    )


def _names(evaluation: Json) -> Iterator[str]:
    yield "## Names"
    yield ""
    yield from table(
        ("development split", "texts", "span F1", "names found"),
        (
            (
                name.split("/")[1],
                f"{report['n']:,}",
                figure(report["metrics"]["span_f1"]),
                figure(report["metrics"]["name_recall"]),
            )
            for name, report in _of(evaluation, "actors")
        ),
    )


def weak_heads(evaluation: Json) -> list[str]:
    """Name every figure that does not beat TF-IDF with logistic regression by `CLEARLY`."""
    weak = []
    for task in ("stance", "relation"):
        for name, report in _of(evaluation, task):
            baseline = evaluation["baselines"].get(f"{name} macro_f1")
            if baseline is not None and report["metrics"]["macro_f1"] < baseline + CLEARLY:
                weak.append(f"{name} macro-F1 {report['metrics']['macro_f1']:.3f} against {baseline:.3f}")
    for task in ("sentence", "attributes"):
        for label, name, figures in _labels(evaluation, task):
            baseline = evaluation["baselines"].get(f"{name} {label} auc")
            if baseline is not None and figures["auc"] < baseline + CLEARLY:
                weak.append(f"{name} {label} AUC {figures['auc']:.3f} against {baseline:.3f}")
    return sorted(weak)


def _weak(evaluation: Json) -> Iterator[str]:
    yield "## What does not clearly beat TF-IDF"
    yield ""
    yield f"By less than {CLEARLY} on the same rows, or not at all:"
    yield ""
    yield from (f"- {line}" for line in weak_heads(evaluation) or ["nothing"])
    yield ""


def _passes(stages: Iterable[Json]) -> Mapping[str, float]:
    total: dict[str, float] = defaultdict(float)
    for stage in stages:
        for name, passes in stage["passes"].items():
            total[name] += passes
    return total


def _sources(passes: Mapping[str, float]) -> Iterator[str]:
    yield "## Training data"
    yield ""
    yield "How often each source was read, and its licence. Sources that forbid commercial use measure, and train"
    yield "nothing. `stance train RECIPE --licence permissive` reads only those whose licence is stated and permissive:"
    yield f"{', '.join(name for name, source in SOURCES.items() if source.permissive)}."
    yield ""
    yield from table(
        ("source", "task", "passes", "repository", "licence", "permissive"),
        (
            (
                name,
                source.task,
                f"{passes[name]:g}" if name in passes else ("evaluation only" if source.evaluation_only else "–"),
                ", ".join(dict.fromkeys(file.origin.repository for file in source.files)) or "this project",
                "; ".join(source.licences) or "Apache-2.0",
                "yes" if source.permissive else "no",
            )
            for name, source in SOURCES.items()
        ),
    )


def _limits() -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- English only; other languages are scored and flagged `language_uncertain`."
    yield "- Stance is learned from news sentences, forum comments and tweets about United States politics, and from"
    yield "  threads written for this project with a language model: `written` above says how well the model does what"
    yield "  those threads mean, not how well people would agree with it."
    yield "- SEVERE_TOXICITY is derived from span types, THREAT has few positives: read both as approximate."
    yield "- ATTACK_ON_AUTHOR, INFLAMMATORY, OFF_TOPIC, UNSUBSTANTIAL and LIKELY_TO_REJECT have no data here that may"
    yield "  train shipped weights, and are not offered."
    yield "- The scores rank what a person should read first. They are no grounds for removing anything unread."


def _of(evaluation: Json, task: str) -> Iterator[tuple[str, Json]]:
    return ((name, report) for name, report in evaluation["tasks"].items() if name.split("/")[0] == task)


def _labels(evaluation: Json, task: str) -> Iterator[tuple[str, str, Json]]:
    """Every label, split and its figures, where the split holds both answers."""
    for name, report in _of(evaluation, task):
        for label, figures in report["metrics"].items():
            if isinstance(figures, dict) and figures.get("auc") is not None:
                yield label, name, figures
