"""Measure what a few labels of one's own gain `StanceClassifier`, target by target, on development rows.

    python scripts/bench_classifier.py --data DIR --json docs/classifier.json

DIR is $STANCE_DATA unless it is given. Of each source's development rows, 300 of each target that has as many are
taken. Some teach, all others measure, five times with other rows; nothing of them taught the model that ships, but rows
of the same sources did. Compared are that model by itself (the likeliest of the labels that the target has), TF-IDF
with logistic regression, and the classifier. Prints one JSON object of macro-averaged F1, without any text of a source.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from stance import StanceClassifier
from stance.bench import describe_machine
from stance.errors import StanceError
from stance.judge import default_model_folder
from stance.judge.weights import model_id
from stance.records import Stance
from stance.train.sources import load_source

SOURCES = ("pstance", "mt-csd", "multi-target", "newsmtsc", "vast")
N_ROWS = 300
N_LABELS = (50, 200)
DRAWS = 5


def read_rows(data: Path) -> dict[str, list[tuple[str, str, str, str]]]:
    """Text, target, parent and label of development rows, by source and target."""
    found: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for source in SOURCES:
        for example in load_source(source, data):
            if example.split == "dev":
                for target in example.targets:
                    label = max(target.probabilities, key=target.probabilities.__getitem__)
                    found[f"{source}: {target.name}"].append((example.text, target.name, example.parent, label.value))
    rng = random.Random(0)
    return {name: rng.sample(rows, N_ROWS) for name, rows in found.items() if len(rows) >= N_ROWS}


class Remembered(StanceClassifier):
    """A classifier that makes the features of a text once: every draw asks for the same ones."""

    kept: dict[Any, Any] = {}  # noqa: RUF012 - one for all

    def features(self, X: Any) -> Any:  # noqa: N803
        """What the head is taught on, (n_rows, n_labels + width)."""
        return self._features(self._rows(X))

    def _features(self, rows: Any) -> Any:
        new = [row for row in dict.fromkeys(rows) if row not in self.kept]
        if new:
            self.kept.update(zip(new, super()._features(new), strict=True))
        return np.array([self.kept[row] for row in rows])


def measure(rows: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    """Macro-averaged F1 of each way for each number of labels, means over draws."""
    asked, labels = [row[:3] for row in rows], np.array([row[3] for row in rows])
    # The first features are the model's own log-probabilities. A label that nobody gave would cost it F1 for nothing.
    own = Remembered().features(asked)[:, : len(Stance)]
    shipped = np.array(list(Stance))[np.where(np.isin(list(Stance), labels), own, -np.inf).argmax(axis=1)]
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for n_labels in N_LABELS:
        for seed in range(DRAWS):
            order = np.random.default_rng(seed).permutation(len(rows))
            taught, measured = order[:n_labels], order[n_labels:]
            words = make_pipeline(
                TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
                LogisticRegression(C=10, class_weight="balanced", max_iter=2000),
            ).fit([asked[at][0] for at in taught], labels[taught])
            ours = Remembered().fit([asked[at] for at in taught], labels[taught])
            given = {
                "shipped": shipped[measured],
                "tfidf": words.predict([asked[at][0] for at in measured]),
                "classifier": ours.predict([asked[at] for at in measured]),
            }
            for way, answers in given.items():
                f1 = f1_score(labels[measured], answers, average="macro", zero_division=0)
                scores[str(n_labels)][way].append(float(f1))
    return {
        "n": len(rows),
        "macro_f1": {n: {way: round(float(np.mean(f1)), 3) for way, f1 in ways.items()} for n, ways in scores.items()},
    }


def main() -> None:
    """Measure all targets and print their figures and the means over them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("STANCE_DATA"))
    parser.add_argument("--json", type=Path, help="keep the figures here")
    given = parser.parse_args()
    if given.data is None:
        parser.error("give --data, or set STANCE_DATA")
    warnings.simplefilter("ignore", ConvergenceWarning)
    try:
        targets = {}
        for name, rows in sorted(read_rows(given.data).items()):
            sys.stderr.write(f"measuring {name}\n")
            targets[name] = measure(rows)
    except StanceError as error:
        raise SystemExit(str(error)) from None
    means = {
        str(n): {
            way: round(float(np.mean([target["macro_f1"][str(n)][way] for target in targets.values()])), 3)
            for way in ("shipped", "tfidf", "classifier")
        }
        for n in N_LABELS
    }
    told = {
        "model": model_id(default_model_folder()),
        "means": means,
        "targets": targets,
        "machine": describe_machine(),
    }
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n")
    sys.stdout.write(json.dumps(told["means"], indent=1) + "\n")


if __name__ == "__main__":
    main()
