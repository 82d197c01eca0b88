"""What word counts alone reach: TF-IDF with logistic regression, trained and measured on the same rows as the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from stance.records import Attribute, Device
from stance.train.development import RELATION_SOURCES, STANCE_SOURCES
from stance.train.examples import Example

Labelled = tuple[str, str]
_MAX_TRAINING_ROWS: Final = 20_000


def measure_baselines(examples: Sequence[Example]) -> dict[str, float]:
    """Return each figure by its name in the report (`stance/vast macro_f1`, `attributes/olid TOXICITY auc`, ...).

    A label with one class only in either split has no figure. Sources without training rows are measured by a
    baseline trained on every source of their task.
    """
    figures: dict[str, float] = {}
    for source in STANCE_SOURCES:
        figures |= _macro_f1("stance", source, examples, _stances)
    for source in RELATION_SOURCES:
        figures |= _macro_f1("relation", source, examples, _relations)
    for source in sorted({example.source for example in examples if example.sentences}):
        for label in ("claim", "check_worthy", "rhetoric", *(device.value for device in Device)):
            figures |= _auc("sentence", source, label, examples, _sentences(label))
    for source in sorted({example.source for example in examples if example.attributes}):
        for attribute in Attribute:
            figures |= _auc("attributes", source, attribute.value, examples, _attributes(attribute))
    return figures


Pick = Callable[[Example], Iterator[Labelled]]


def _stances(example: Example) -> Iterator[Labelled]:
    for target in example.targets:
        label = max(target.probabilities, key=lambda stance: target.probabilities[stance])
        yield f"{target.name} {example.text}", label.value


def _relations(example: Example) -> Iterator[Labelled]:
    if example.relation is not None:
        relation = example.relation
        yield f"{example.text} {example.parent}", max(relation, key=lambda label: relation[label]).value


def _sentences(label: str) -> Pick:
    def pick(example: Example) -> Iterator[Labelled]:
        for sentence in example.sentences:
            devices = {device.value: value for device, value in sentence.devices.items()}
            value = devices.get(label, getattr(sentence, label, None))
            if value is not None:
                yield example.text[sentence.start : sentence.end], "yes" if value >= 0.5 else "no"

    return pick


def _attributes(attribute: Attribute) -> Pick:
    def pick(example: Example) -> Iterator[Labelled]:
        if attribute in example.attributes:
            yield example.text, "yes" if example.attributes[attribute] >= 0.5 else "no"

    return pick


def _rows(examples: Sequence[Example], source: str, split: str, pick: Pick) -> list[Labelled]:
    rows = [row for example in examples if example.split == split and example.source == source for row in pick(example)]
    if not rows and split == "train":
        rows = [row for example in examples if example.split == split for row in pick(example)]
    return rows


def _macro_f1(task: str, source: str, examples: Sequence[Example], pick: Pick) -> dict[str, float]:
    train, dev = _rows(examples, source, "train", pick), _rows(examples, source, "dev", pick)
    if not dev or len({label for _, label in train}) < 2:
        return {}
    model = _fit(train)
    given = model.predict([text for text, _ in dev])
    value = f1_score([label for _, label in dev], given, average="macro", labels=sorted({label for _, label in dev}))
    return {f"{task}/{source} macro_f1": round(float(value), 4)}


def _auc(task: str, source: str, label: str, examples: Sequence[Example], pick: Pick) -> dict[str, float]:
    train, dev = _rows(examples, source, "train", pick), _rows(examples, source, "dev", pick)
    if len({label for _, label in train}) < 2 or len({label for _, label in dev}) < 2:
        return {}
    model = _fit(train)
    scores = model.predict_proba([text for text, _ in dev])[:, list(model.classes_).index("yes")]
    value = roc_auc_score([label == "yes" for _, label in dev], scores)
    return {f"{task}/{source} {label} auc": round(float(value), 4)}


def _fit(train: Sequence[Labelled]):  # type: ignore[no-untyped-def]  # scikit-learn ships no types
    texts, labels = zip(*train[:_MAX_TRAINING_ROWS], strict=True)
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=60_000)
    return make_pipeline(vectors, LogisticRegression(max_iter=300, class_weight="balanced", C=4.0)).fit(texts, labels)
