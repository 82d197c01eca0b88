"""What can end a batch run: all are `BatchError`, exit code 11."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from stance.errors import StanceError


class BatchError(StanceError):
    """A batch run that cannot begin, or not go on."""

    exit_code = 11


class ChangedOption(BatchError):
    """The folder holds a run that was begun with other options, inputs or another model."""

    def __init__(self, out: Path, *, field: str) -> None:
        self.out, self.field = out, field
        super().__init__(
            f"{out}: holds a run with another {field}, and rows of two kinds would be mixed. "
            f"Give the same {field} as before, or another --out."
        )


class ChangedModel(BatchError):
    """A worker found another model than the one that the run began with."""

    def __init__(self, folder: Path, *, wanted: str) -> None:
        self.folder, self.wanted = folder, wanted
        super().__init__(
            f"{folder}: not the model {wanted} of this run. Put the same files there, on every machine that scores."
        )


class FolderInUse(BatchError):
    """Another run writes into the folder."""

    def __init__(self, out: Path) -> None:
        self.out = out
        super().__init__(f"{out}: another run is writing into it. Wait for its end, or give another --out.")


class ShardFailed(BatchError):
    """A worker could not finish a shard for a reason that has nothing to do with its records."""

    def __init__(self, name: str, *, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"shard {name}: {why} What is finished is kept: mend this and give the same command again.")


class WorkerLost(BatchError):
    """Worker processes ended again and again over one shard."""

    def __init__(self, name: str, *, n_times: int) -> None:
        self.name, self.n_times = name, n_times
        super().__init__(
            f"shard {name}: its worker process was lost {n_times} times; there may be too little memory. "
            "Give fewer --workers, and the same command otherwise: what is finished is kept."
        )


class NoCluster(BatchError):
    """There is no Ray cluster at an address, or none could be begun there."""

    def __init__(self, address: str, *, why: str) -> None:
        self.address, self.why = address, why
        super().__init__(
            f"Ray at {address}: not to be had ({why}). Check RAY_ADDRESS, or leave it out for this machine alone."
        )


class NoWorkers(BatchError):
    """A Ray cluster on which no worker came so far as to begin."""

    def __init__(self, what: str, *, mend: str) -> None:
        super().__init__(f"{what}. {mend} What is finished is kept.")

    @classmethod
    def placed(cls, seconds: float, *, n_cpus: float, n_free: float) -> Self:
        """None was given a place; each takes a CPU, and `n_cpus` is what the cluster has."""
        what = (
            f"Ray found no place for a worker in {seconds:g} seconds: the cluster has {n_cpus:g} CPUs, {n_free:g} free"
        )
        return cls(what, mend="Add machines, end what else runs there, or try again later.")

    @classmethod
    def begun(cls, n_times: int, *, why: str) -> Self:
        """Each ended before it had loaded the model."""
        what = f"Ray's workers ended before they could begin, {n_times} times in a row ({why})"
        return cls(what, mend="Give every machine the same Python and stance[ray], and enough memory for the model.")


class WorkerUnfit(BatchError):
    """A machine of a cluster that cannot take part in a run."""

    def __init__(self, host: str, *, why: str) -> None:
        self.host, self.why = host, why
        super().__init__(f"worker on {host}: {why} What is finished is kept.")


class RecordsRejected(BatchError):
    """Records were rejected, and the run was to be strict about it."""

    def __init__(self, path: Path, *, n_rejected: int) -> None:
        self.path, self.n_rejected = path, n_rejected
        super().__init__(f"{path}: {n_rejected:,} rejected. Mend these at their source, or leave --strict out.")
