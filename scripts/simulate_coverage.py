"""Simulate studies with a biased classifier and see how often intervals hold the truth.

Each study is a corpus of threads whose comments have one of three stances. Threads differ (a thread's comments are
alike), the classifier is too sure of itself, leans to one side, and errs in the same direction within a thread. Some
comments are drawn and labelled, and `stance.study` estimates the share of each label, as `stance estimate` does.

    python scripts/simulate_coverage.py            # docs/coverage.json and docs/pictures/coverage.svg
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.study import (
    Allocation,
    Design,
    Draw,
    Labelled,
    Of,
    Units,
    draw_by_uncertainty,
    draw_stratified,
    draw_uniform,
    estimate_shares,
    name_strata,
    tune_power,
    wilson_interval,
)

LABELS = ("favor", "against", "neutral")
MIDDLE = np.array([-0.6, 0.4, 0.3])
"""Of the labels' weights: about two comments in ten are in favour."""
THREADS_DIFFER, COMMENTS_DIFFER = 0.7, 1.2
SHARPENED = 1.6
"""How much surer the classifier is than it should be."""
LEANS = np.array([0.0, 0.7, 0.0])
THREAD_ERROR, COMMENT_ERROR = 0.5, 0.6
HINT = 2.0
"""What it sees of the label itself, beyond what makes the label likely."""
CONFIDENCE = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corpus:
    """One simulated corpus: what the model says, and what people would (one row a comment, 1 at its label)."""

    units: Units
    labels: Floats


def make_corpus(rng: np.random.Generator, *, n_threads: int, mean_length: float) -> Corpus:
    """Make threads of very different lengths (geometric), their comments' labels, and the classifier's word on them."""
    lengths = rng.geometric(1 / mean_length, size=n_threads)
    thread = np.repeat(np.arange(n_threads), lengths)
    n = len(thread)
    shared = rng.normal(0, THREADS_DIFFER, size=(n_threads, 3))[thread]
    weights = MIDDLE + shared + rng.normal(0, COMMENTS_DIFFER, size=(n, 3))
    # A label is drawn from the softmax of the weights (the Gumbel way).
    labels = np.eye(3)[(weights + rng.gumbel(size=(n, 3))).argmax(axis=1)]
    errors = rng.normal(0, THREAD_ERROR, size=(n_threads, 3))[thread]
    errors = errors + rng.normal(0, COMMENT_ERROR, size=(n, 3))
    seen = SHARPENED * (weights + LEANS + errors) + HINT * labels
    shares = np.exp(seen - seen.max(axis=1, keepdims=True))
    predicted = shares / shares.sum(axis=1, keepdims=True)
    return Corpus(Units(predicted=predicted, thread=thread, stratum=predicted.argmax(axis=1)), labels)


@cache
def true_shares() -> tuple[float, ...]:
    """Return the labels' shares among all comments there could be, by two million draws."""
    rng = np.random.default_rng(1)
    n = 2_000_000
    spread = np.hypot(THREADS_DIFFER, COMMENTS_DIFFER)
    picked = (MIDDLE + rng.normal(0, spread, size=(n, 3)) + rng.gumbel(size=(n, 3))).argmax(axis=1)
    return tuple((np.bincount(picked, minlength=3) / n).tolist())


def draw(rng: np.random.Generator, corpus: Corpus, design: Design, *, n: int) -> Draw:
    """Draw comments to label, as `stance sample` does."""
    predicted = corpus.units.predicted
    chance = rng.random(len(predicted))
    if design is Design.UNIFORM:
        return draw_uniform(chance, n=n)
    if design is Design.UNCERTAINTY:
        return draw_by_uncertainty(chance, predicted, n=n, start=rng.random())
    return draw_stratified(chance, name_strata(predicted, LABELS), n=n, allocation=Allocation.PROPORTIONAL)


def label(corpus: Corpus, drawn: Draw) -> Labelled:
    """Label what was drawn."""
    return Labelled(
        place=drawn.place,
        shares=corpus.labels[drawn.place],
        probability=drawn.probability,
        stratum=corpus.units.stratum[drawn.place] if any(drawn.stratum) else np.zeros_like(drawn.place),
    )


def study(rng: np.random.Generator, corpus: Corpus, design: Design, *, n: int, of: Of, truth: Floats) -> Floats:
    """Return, for the labels alone and for the prediction-powered estimate, (2, 3, labels): covered, width, error."""
    labelled = label(corpus, draw(rng, corpus, design, n=n))
    found = []
    for power in (0.0, tune_power(corpus.units, labelled, of=of)):
        shares = estimate_shares(corpus.units, labelled, power=power, of=of)
        low, high = wilson_interval(shares.share, shares.n_effective, degrees=shares.degrees, confidence=CONFIDENCE)
        found.append([(low <= truth) & (truth <= high), high - low, shares.share - truth])
    return np.array(found, dtype=np.float64)


def simulate(
    design: Design, of: Of, *, n_studies: int, n_labels: int, n_threads: int, mean_length: float, seed: int = 0
) -> dict[str, Any]:
    """Run studies and return how often each interval covered, and how wide it was, by label."""
    rng = np.random.default_rng(seed)
    truth = np.array(true_shares())
    found, raw = [], []
    for _ in range(n_studies):
        corpus = make_corpus(rng, n_threads=n_threads, mean_length=mean_length)
        wanted = truth if of is Of.POPULATION else corpus.labels.mean(axis=0)
        found.append(study(rng, corpus, design, n=n_labels, of=of, truth=wanted))
        raw.append(corpus.units.predicted.mean(axis=0) - wanted)
    means = np.array(found).mean(axis=0).round(4)
    return {
        "design": design.value,
        "of": of.value,
        "n_studies": n_studies,
        "n_labels": n_labels,
        "n_threads": n_threads,
        "mean_length": mean_length,
        "labels_alone": _figures(means[0]),
        "prediction_powered": _figures(means[1]),
        "model_alone": {"bias": dict(zip(LABELS, np.mean(raw, axis=0).round(4).tolist(), strict=True))},
    }


def _figures(means: Floats) -> dict[str, dict[str, float]]:
    names = ("coverage", "width", "bias")
    return {name: dict(zip(LABELS, row.tolist(), strict=True)) for name, row in zip(names, means, strict=True)}


def draw_figure(runs: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw coverage and width of both estimates for every design."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "coverage", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6), sharey=True, layout="constrained")
    left.axvspan(93, 97, color="0.9")
    left.axvline(95, color="0.5", linewidth=0.8)
    looks = {
        "labels_alone": ("labels alone", "#0072b2", "s", -0.17),
        "prediction_powered": ("labels and model", "#d55e00", "o", 0.17),
    }
    for key, (name, colour, marker, shift) in looks.items():
        at = np.arange(len(runs)) + shift
        for label in LABELS:
            coverage = [100 * run[key]["coverage"][label] for run in runs]
            left.plot(coverage, at, marker, color=colour, alpha=0.8)
        widths = [100 * np.mean(list(run[key]["width"].values())) for run in runs]
        right.barh(at, widths, height=0.32, color=colour, label=name)
    left.set_yticks(range(len(runs)), [f"{run['design']},\nof the {run['of']}" for run in runs])
    left.set_xlim(90, 100)
    left.invert_yaxis()
    left.set_xlabel("intervals that hold the truth, per cent (a mark a label)")
    right.set_xlabel("mean width of the intervals, points")
    figure.legend(*right.get_legend_handles_labels(), frameon=False, loc="outside upper center", ncols=2)
    right.spines[["top", "right"]].set_visible(False)
    left.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Run all designs, of both targets, and write what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--labels", type=int, default=150)
    parser.add_argument("--threads", type=int, default=80)
    parser.add_argument("--mean-length", type=float, default=20)
    parser.add_argument("--docs", type=Path, default=Path(__file__).parent.parent / "docs")
    options = parser.parse_args()
    runs = []
    for of in Of:
        for design in Design:
            run = simulate(
                design,
                of,
                n_studies=options.studies,
                n_labels=options.labels,
                n_threads=options.threads,
                mean_length=options.mean_length,
            )
            runs.append(run)
            print(json.dumps(run))
    (options.docs / "coverage.json").write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    draw_figure(runs, options.docs / "pictures" / "coverage.svg")


if __name__ == "__main__":
    main()
