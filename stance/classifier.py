"""Rows of texts in, labels with probabilities out, as scikit-learn's estimators do: a head of one's own on the model.

A hundred labels of another field teach a new head in seconds: logistic regression on what the model that ships makes of
a text, its own log-probabilities and its embedding. The encoder stays as it is (a linear probe; Alain and Bengio 2016,
arXiv:1610.01644). `stance train own` changes the encoder too, and takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from stance.core import lone_case
from stance.evaluate import find_target
from stance.judge import EncoderJudge, load_judge
from stance.records import Case, Judgement, Relation, Stance, Target

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["StanceClassifier"]

Task = Literal["stance", "relation"]
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "stance": tuple(stance.value for stance in Stance),
    "relation": tuple(relation.value for relation in Relation),
}
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"stance": ("text", "target", "parent"), "relation": ("text", "parent")}
_LEAST: Final = 1e-4
"""Probabilities below it say no more than that."""
_EMBEDDING_WEIGHT: Final = 5.0
"""Embeddings have unit length, log-probabilities spread over several nats: so weighted, both are heard."""


class _Row(NamedTuple):
    text: str
    target: str
    parent: str


class StanceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Stance toward a target, or what a comment does to the one it answers, learned from a few labels.

    `X` is a sequence of texts; or of rows `(text, target)` or `(text, target, parent)`, for the relation
    `(text, parent)`; or of mappings, or a data frame, with those names. `y` are labels of your own: any strings, also
    others than the model's.

    Args:
        target: Toward whom, where rows do not say.
        task: "stance", or "relation" to what is answered.
        C: Inverse of the head's regularisation, above 0.
        model: Folder of a model; None for the one that ships.

    Attributes:
        classes_: The labels, sorted, (n_classes,).
        head_: The fitted `LogisticRegression`; None where the model's own answers are given (`pretrained`).

    Example:
        >>> classifier = StanceClassifier(target="the council").fit(texts, labels)  # doctest: +SKIP
        >>> classifier.predict_proba(["The council has done well."])  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        target: str | None = None,
        task: Task = "stance",
        C: float = 0.1,  # noqa: N803 - scikit-learn's name
        model: str | Path | None = None,
    ) -> None:
        self.target = target
        self.task = task
        self.C = C
        self.model = model

    @classmethod
    def pretrained(cls, **options: Any) -> Self:
        """Return a classifier that gives the model's own answers, ready for `predict`; options as of the class."""
        made = cls(**options)
        made.classes_ = np.array(sorted(made._labels()))
        made.head_ = None
        return made

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Learn a head from labels.

        Args:
            X: Rows, at least one of each label.
            y: Labels, (n_rows,), of at least two kinds.
            sample_weight: (n_rows,); None for all alike. Labels weigh by the inverse of their share besides.

        Raises:
            ValueError: Rows without a text or target, a number of labels that is not that of rows, or one label alone.
        """
        rows = self._rows(X)
        labels = column_or_1d(y)
        check_consistent_length(rows, labels)
        head = LogisticRegression(C=self.C, class_weight="balanced", max_iter=2000)
        head.fit(self._features(rows), labels, sample_weight=sample_weight)
        self.head_ = head
        self.classes_ = head.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return probabilities (n_rows, n_classes), columns in the order of `classes_`, rows summing to 1.

        Raises:
            NotFittedError: Neither fitted nor `pretrained`.
            ValueError: Rows without a text or target.
        """
        check_is_fitted(self, "classes_")
        rows = self._rows(X)
        if self.head_ is None:
            order = [self._labels().index(label) for label in self.classes_]
            return self._shares(self._judge(rows))[:, order]
        return np.asarray(self.head_.predict_proba(self._features(rows)), dtype=np.float64)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest label of each row, (n_rows,); errors as of `predict_proba`."""
        shares = self.predict_proba(X)
        found: NDArray[Any] = self.classes_[shares.argmax(axis=1)]
        return found

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _labels(self) -> tuple[str, ...]:
        if self.task not in _LABELS:
            raise ValueError(f"task: got {self.task!r}, want one of {', '.join(_LABELS)}")
        return _LABELS[self.task]

    def _rows(self, X: Any) -> list[_Row]:  # noqa: N803
        self._labels()
        if isinstance(X, (str, bytes)) or X is None:
            raise ValueError("X: got one text, want a sequence of texts or rows")
        given = X.to_dict("records") if hasattr(X, "to_dict") and hasattr(X, "columns") else list(X)
        if not given:
            raise ValueError("X: got 0 rows, want 1 at least")
        return [self._row(row, place) for place, row in enumerate(given)]

    def _row(self, row: Any, place: int) -> _Row:
        fields = _FIELDS[self.task]
        if isinstance(row, str):
            named: Mapping[Any, Any] = {"text": row}
        elif isinstance(row, Mapping):
            named = row
        elif isinstance(row, (Sequence, np.ndarray)) and 0 < len(row) <= len(fields):
            named = dict(zip(fields, row, strict=False))
        else:
            raise ValueError(f"row {place}: want a text, a mapping, or {', '.join(fields)} in this order")
        # Tables hold a missing value as None or NaN.
        values = {name: value for name in fields if isinstance(value := named.get(name), str)}
        target = values.get("target", self.target)
        if "text" not in values:
            raise ValueError(f"row {place}: has no text")
        if self.task == "stance" and not target:
            raise ValueError(f"row {place}: has no target. Give one with the row, or StanceClassifier(target=...).")
        return _Row(values["text"], target or "", values.get("parent", ""))

    def _judge(self, rows: Sequence[_Row]) -> list[Judgement]:
        return _load(self.model).judge([self._case(row) for row in rows])

    def _case(self, row: _Row) -> Case:
        case = lone_case(row.text, parent=row.parent)
        if self.task == "relation":
            return case
        spans = find_target(row.text, row.target)
        asked = Target(actor_id=row.target, name=row.target, spans=spans)
        return Case(comment_id=case.comment_id, text=row.text, parent=row.parent, quotes=case.quotes, targets=(asked,))

    def _shares(self, judgements: Sequence[Judgement]) -> NDArray[np.float64]:
        if self.task == "stance":
            return np.array([[one.stances[0].probabilities[label] for label in Stance] for one in judgements])
        return np.array([[one.relation[label] for label in Relation] for one in judgements])

    def _features(self, rows: Sequence[_Row]) -> NDArray[np.float64]:
        """(n_rows, labels + width): centred log-probabilities, and the text's embedding."""
        logs = np.log(self._shares(self._judge(rows)).clip(min=_LEAST))
        readings = _load(self.model).read([row.text for row in rows])
        embeddings = np.array([reading.embedding for reading in readings], dtype=np.float64)
        return np.hstack([logs - logs.mean(axis=1, keepdims=True), _EMBEDDING_WEIGHT * embeddings])


@lru_cache(maxsize=2)
def _load(folder: str | Path | None) -> EncoderJudge:
    """One model for all classifiers: clones and pickles carry its name alone."""
    return load_judge(None if folder is None else Path(folder))
