"""The whole pipeline, from a file to shards of rows, against the bare encoder on the tokens that it read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stance.batch import Job, Model, run_batch
from stance.bench.clock import Stopwatch, timed
from stance.bench.encoder import count_operations, forward, ideal_batches
from stance.bench.figures import Measured
from stance.bench.machine import matrix_rate
from stance.bench.made import Words, make_pages
from stance.judge import EncoderJudge, StanceModel, TextEncoder, Window, load_judge, load_model, load_tokenizer
from stance.queue import load_policy
from stance.read import write_threads
from stance.records import Case, Judgement, Reading
from stance.replies import load_scorer


class _NotingEncoder(TextEncoder):
    """Keeps what it cuts of texts, and the time that takes."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.watch = Stopwatch()
        self.cut: list[Window] = []

    def windows(self, text: str, **how: Any) -> tuple[list[Window], int]:
        with self.watch.running():
            windows, n_unread = super().windows(text, **how)
        # Places in the text are not needed to read a window again, and are most of it.
        self.cut.extend(replace(window, offsets=[], capitals=[]) for window in windows)
        return windows, n_unread


class _TimedJudge(EncoderJudge):
    """Knows how long it was asked for."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.watch = Stopwatch()

    def read(self, texts: Sequence[str]) -> list[Reading]:
        with self.watch.running():
            return super().read(texts)

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        with self.watch.running():
            return super().judge(cases)


def measure_pipeline(folder: Path, words: Words, *, n_comments: int) -> Measured:
    """Score generated threads with the model of a folder, then encode the same tokens with nothing around.

    "The same tokens" are all windows that the run cut: each comment is read alone, for who answers whom and for names,
    and again with what it answers. The model is loaded before the clock starts; all times are the processor's, of one
    thread.
    """
    model, encoder = load_model(folder), _NotingEncoder(load_tokenizer(folder))
    judge = _TimedJudge(model, encoder, calibration=load_judge(folder).calibration, model_id="measured@0")
    judge.read(["A word before the clock starts."] * 16)
    judge.watch, encoder.watch, encoder.cut = Stopwatch(), Stopwatch(), []
    inside = _watch_encoder(model)
    scorer = load_scorer(folder)
    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "made.jsonl"
        write_threads(make_pages(words, n_comments=n_comments), source)
        job = Job(
            inputs=(str(source),),
            out=Path(room) / "out",
            model=Model(judge.model_id, lambda: (judge, scorer)),
            policy=load_policy(),
        )
        whole = timed(lambda: run_batch(job))
    inside_seconds = inside.processor_seconds
    windows = encoder.cut
    rate = matrix_rate()
    bare = forward(model, windows, ideal_batches(windows), pad_id=encoder.pad_id).watch
    lengths = [len(window.ids) for window in windows]
    operations = count_operations(model.encoder.config, lengths) / bare.processor_seconds
    rate = max(rate, matrix_rate())
    around = judge.watch.processor_seconds - inside_seconds - encoder.watch.processor_seconds
    return Measured(
        ratios={"pipeline": whole.processor_seconds / bare.processor_seconds, "flop": operations / rate},
        seen={
            "comments": n_comments,
            "windows": len(windows),
            "tokens": sum(lengths),
            "comments_a_second": n_comments / whole.wall_seconds,
            "comments_a_processor_second": n_comments / whole.processor_seconds,
            "wall_seconds": whole.wall_seconds,
            "processor_seconds": whole.processor_seconds,
            "bare_encoder_seconds": bare.processor_seconds,
            "encoder_seconds": inside_seconds,
            "tokens_seconds": encoder.watch.processor_seconds,
            "heads_seconds": around,
            "rest_seconds": whole.processor_seconds - judge.watch.processor_seconds,
            "encoder_gigaflops": operations / 1e9,
            "matrix_gigaflops": rate / 1e9,
        },
    )


def _watch_encoder(model: StanceModel) -> Stopwatch:
    """Time the encoder wherever it is called from."""
    watch = Stopwatch()
    model.encoder.register_forward_pre_hook(lambda *_: watch.start())
    model.encoder.register_forward_hook(lambda *_: watch.stop())
    return watch
