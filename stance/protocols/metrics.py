"""What a server tells of itself to Prometheus: counts and times, and no word of any comment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from stance import __version__
from stance.records import Attribute, Judgement

_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.0, 2.0, 5.0, 10.0)
"""Coral gives up after 0.2 and 0.8 seconds, so both are bounds: what came too late can be read off."""
_TEXTS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SCORES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

# A second number beside each, which says only when this process began.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """One server's figures. Every label has few values: names of protocols and attributes, and status codes."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._shared = bool(os.environ.get(_FOLDER_VARIABLE))
        self._seconds = Histogram(
            "stance_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("protocol", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._batch = Histogram(
            "stance_batch_texts", "Texts that the judge was given at once.", buckets=_TEXTS, registry=self._registry
        )
        self._waiting = Gauge(
            "stance_waiting_texts",
            "Texts that wait for the judge.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._shed = Counter(
            "stance_shed", "Requests refused because too much waited already.", registry=self._registry
        )
        self._scores = Histogram(
            "stance_score",
            "Probability of each attribute in the texts that were judged.",
            ("attribute",),
            buckets=_SCORES,
            registry=self._registry,
        )
        # Read from the queue, which all processes share: the last to look is right.
        self._coral = Gauge(
            "stance_coral",
            "Events that came from Coral and decisions that it is to be told, by how far they are.",
            ("what", "state"),
            multiprocess_mode="mostrecent",
            registry=self._registry,
        )
        self._made_by = Gauge(
            "stance_model",
            "1, under the version and the model that answer.",
            ("version", "model"),
            multiprocess_mode="max",
            registry=self._registry,
        )
        # Shown from the start, for a rate needs the zero before the first.
        self._of = {attribute: self._scores.labels(attribute.value) for attribute in Attribute}

    def request(self, protocol: str, status: int, seconds: float) -> None:
        """Note a request that has been answered."""
        self._seconds.labels(protocol, str(status)).observe(seconds)

    def batch(self, judgements: Sequence[Judgement]) -> None:
        """Note what the judge said of the texts that it was given at once."""
        self._batch.observe(len(judgements))
        for judgement in judgements:
            for attribute, probability in judgement.attributes.items():
                self._of[attribute].observe(probability)

    def waiting(self, n_texts: int) -> None:
        """Note how many texts wait for the judge now."""
        self._waiting.set(n_texts)

    def shed(self) -> None:
        """Note a request that was refused because too much waited."""
        self._shed.inc()

    def coral(self, what: str, counts: Mapping[str, int]) -> None:
        """Note how many of Coral's "events", or of "decisions" for it, are in each state."""
        for state, n in counts.items():
            self._coral.labels(what, state).set(n)

    def model(self, model_id: str) -> None:
        """Note which model answers."""
        self._made_by.labels(__version__, model_id).set(1)

    def page(self) -> bytes:
        """Return the figures in Prometheus' text format; with several processes, those of all of them."""
        if not self._shared:
            return generate_latest(self._registry)
        _forget_the_dead(Path(os.environ[_FOLDER_VARIABLE]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def share_figures(folder: Path) -> None:
    """Have this process and those that it starts sum their figures up, through files in `folder`.

    To be called before any `Metrics` is made. The files outlive the processes: the caller takes an empty folder, and
    removes it.
    """
    os.environ[_FOLDER_VARIABLE] = str(folder)
    # The library reads the variable when it is imported, which may have been before.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def _forget_the_dead(folder: Path) -> None:
    """Leave processes that ended out of what waits; what they answered stays counted."""
    for file in folder.glob("gauge_livesum_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
