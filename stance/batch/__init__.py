"""Files and folders of any readable format in, a folder of Parquet or JSON Lines shards with a manifest out.

The durable layer is here and small: a plan of shards, a fingerprint, whole files and a marker for each finished shard.
An engine is a function over shard descriptors, so that another scheduler can take the same plan.
"""

from stance.batch.dataset import score_dataset
from stance.batch.engine import score_here, score_in_processes, score_partition
from stance.batch.errors import (
    BatchError,
    ChangedModel,
    ChangedOption,
    FolderInUse,
    NoCluster,
    NoWorkers,
    RecordsRejected,
    ShardFailed,
    WorkerLost,
    WorkerUnfit,
)
from stance.batch.job import HowToRead, Job, Model, shipped_model
from stance.batch.ray_engine import on_ray
from stance.batch.rows import to_rows, to_table
from stance.batch.run import Counts, rejects_of, run_batch
from stance.batch.shard import Done, Failed, Shard, score_shard

__all__ = [
    "BatchError",
    "ChangedModel",
    "ChangedOption",
    "Counts",
    "Done",
    "Failed",
    "FolderInUse",
    "HowToRead",
    "Job",
    "Model",
    "NoCluster",
    "NoWorkers",
    "RecordsRejected",
    "Shard",
    "ShardFailed",
    "WorkerLost",
    "WorkerUnfit",
    "on_ray",
    "rejects_of",
    "run_batch",
    "score_dataset",
    "score_here",
    "score_in_processes",
    "score_partition",
    "score_shard",
    "shipped_model",
    "to_rows",
    "to_table",
]
