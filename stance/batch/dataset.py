"""A `datasets.Dataset` in, one with a row a comment out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stance.actors import Cast
from stance.batch.errors import RecordsRejected
from stance.batch.job import HowToRead, Job, Model, shipped_model
from stance.batch.run import rejects_of, run_batch
from stance.queue import load_policy
from stance.records import Policy

if TYPE_CHECKING:
    from datasets import Dataset

    from stance.judge import Judge
    from stance.replies import ReplyScorer


def score_dataset(
    dataset: Dataset,
    judge: Judge | None = None,
    *,
    scorer: ReplyScorer | None = None,
    policy: Policy | None = None,
    cast: Cast | None = None,
    columns: Mapping[str, str] | None = None,
    long: bool = False,
) -> Dataset:
    """Score every comment of a dataset; its result, not its input, has to fit into memory.

    Args:
        dataset: A comment a row; columns go by common names (`text`, `id`, `parent_id`, `thread_id`, `author` ...).
        judge: None loads the one that ships.
        scorer: None loads the one that ships.
        policy: None takes the one that ships.
        cast: Actors that a person has set down; None finds them.
        columns: Which column holds what, such as `{"text": "body"}`, where names do not tell.
        long: A number a row, and not a comment a row.

    Returns:
        The columns that `stance score` writes, in the order of threads.

    Raises:
        BadColumns: No column of texts is known.
        RecordsRejected: A record cannot be used; nothing is lost silently.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset

    with tempfile.TemporaryDirectory() as room:
        table, out = Path(room) / "dataset.parquet", Path(room) / "out"
        dataset.to_parquet(str(table))
        model = shipped_model() if judge is None else Model(judge.model_id, partial(_both, judge, scorer))
        job = Job(
            inputs=(str(table),),
            out=out,
            model=model,
            policy=policy or load_policy(),
            cast=cast,
            long=long,
            reading=HowToRead(format="parquet", columns=columns or {}),
        )
        counts = run_batch(job)
        if counts.rejected:
            raise RecordsRejected(rejects_of(out), n_rejected=counts.rejected)
        return Dataset(pa.concat_tables([pq.read_table(part) for part in sorted(out.glob("part-*.parquet"))]))


def _both(judge: Judge, scorer: ReplyScorer | None) -> tuple[Judge, ReplyScorer | None]:
    return judge, scorer
