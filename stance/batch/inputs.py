"""Files, folders, patterns and saved datasets of Hugging Face as one stream of pages."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stance.batch.hub import PREFIX, HubDataset, find_dataset
from stance.batch.job import Job, digest_input
from stance.errors import NoCorpus, NoRoom, ReadError, Unreadable
from stance.read import OnReject, Pseudonyms, read_threads
from stance.records import Page

if TYPE_CHECKING:
    from datasets import Dataset

Input = Path | HubDataset
OnBadFile = Callable[[ReadError], None]


def find_inputs(job: Job) -> dict[str, Input]:
    """Return what the job's inputs name, patterns resolved and sorted, each once; its own folder fits no pattern.

    Raises:
        Unreadable: A word names nothing, or standard input, which cannot be read again by a run that goes on; or the
            hub does not tell the commit of a data set.
    """
    found: dict[str, Input] = {}
    for word in job.inputs:
        if word.startswith(PREFIX):
            found[word] = find_dataset(word)
            continue
        if word == "-":
            raise Unreadable(word, why="a stream, and a run that goes on has to read it again", mend="Give a file.")
        # Path.glob takes no absolute pattern.
        names = [word] if Path(word).exists() else sorted(glob.glob(word, recursive=True))  # noqa: PTH207
        if not names:
            raise Unreadable(word, why="no such file, and no file fits it as a pattern", mend="Check the path.")
        found.update({name: Path(name) for name in names if Path(name).resolve() != job.out.resolve()})
    return found


def digest_inputs(job: Job, inputs: dict[str, Input]) -> dict[str, str]:
    """Return the sha256 of each input, of a data set of the hub its commit."""
    return {
        name: one.commit if isinstance(one, HubDataset) else digest_input(one, but=job.out)
        for name, one in inputs.items()
    }


def read_inputs(job: Job, inputs: Sequence[Input], *, on_reject: OnReject, on_bad_file: OnBadFile) -> Iterator[Page]:
    """Read every thread of the inputs; folders that are no corpus are walked, in the order of their names.

    Args:
        job: How to read; its own folder is left out where it lies within an input.
        inputs: Files, folders and data sets of the hub.
        on_reject: Told of each record that cannot be used.
        on_bad_file: Told of each file that cannot, where there are several.
    """
    pseudonyms = Pseudonyms.from_file(job.reading.key) if job.reading.key else None
    read = partial(
        read_threads,
        thread_id=job.reading.thread_id,
        columns=job.reading.columns,
        on_reject=on_reject,
        pseudonyms=pseudonyms,
    )
    waiting = list(reversed(inputs))
    several = len(inputs) > 1
    while waiting:
        one = waiting.pop()
        try:
            if isinstance(one, HubDataset):
                yield from _read_splits(job, one.load(), one.word, read)
            elif one.is_dir() and _is_dataset(one):
                yield from _read_splits(job, _load_saved(one), str(one), read)
            else:
                # A folder is asked whether it is a corpus; its files, whose format was named, come later.
                yield from read(one, format=None if one.is_dir() else job.reading.format)
        except NoCorpus as error:
            waiting.extend(reversed(_inside(Path(error.source), but=job.out.resolve())))
            several = True
        except NoRoom:
            raise
        except ReadError as error:
            if not several:
                raise
            on_bad_file(error)


def _inside(folder: Path, *, but: Path) -> list[Path]:
    inside = [one for one in sorted(folder.iterdir()) if not one.name.startswith(".") and one.resolve() != but]
    return [one for one in inside if one.is_file() or not one.is_symlink()]


def _is_dataset(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("dataset_dict.json", "state.json"))


def _load_saved(folder: Path) -> Mapping[str, Dataset]:
    """Load what `datasets` saved with `save_to_disk`."""
    from datasets import Dataset, load_from_disk

    try:
        saved = load_from_disk(str(folder))
    except (OSError, ValueError, LookupError) as error:
        why = f"not a dataset that this version of datasets loads: {type(error).__name__}"
        raise Unreadable(str(folder), why=why, mend="Save it again with save_to_disk.") from error
    return {folder.name: saved} if isinstance(saved, Dataset) else dict(saved)


def _read_splits(
    job: Job, splits: Mapping[str, Dataset], name: str, read: Callable[..., Iterator[Page]]
) -> Iterator[Page]:
    """Read a split after the other, each as the table it is."""
    for split, rows in splits.items():
        with tempfile.TemporaryDirectory(dir=job.state) as room:
            table = Path(room) / f"{split}.parquet"
            rows.to_parquet(str(table))
            for page in read(table, format="parquet"):
                yield replace(page, source=f"{name}/{split}")
