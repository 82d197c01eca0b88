"""Files, folders, patterns and saved datasets of Hugging Face as one stream of pages."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stance.batch.job import Job, digest_input
from stance.errors import NoCorpus, NoRoom, ReadError, Unreadable
from stance.read import OnReject, Pseudonyms, read_threads
from stance.records import Page

OnBadFile = Callable[[ReadError], None]


def find_inputs(job: Job) -> dict[str, Path]:
    """Return what the job's inputs name, patterns resolved and sorted, each once; its own folder fits no pattern.

    Raises:
        Unreadable: A word names nothing, or standard input, which cannot be read again by a run that goes on.
    """
    found: dict[str, Path] = {}
    for word in job.inputs:
        if word == "-":
            raise Unreadable(word, why="a stream, and a run that goes on has to read it again", mend="Give a file.")
        # Path.glob takes no absolute pattern.
        names = [word] if Path(word).exists() else sorted(glob.glob(word, recursive=True))  # noqa: PTH207
        if not names:
            raise Unreadable(word, why="no such file, and no file fits it as a pattern", mend="Check the path.")
        found.update({name: Path(name) for name in names if Path(name).resolve() != job.out.resolve()})
    return found


def digest_inputs(job: Job, inputs: dict[str, Path]) -> dict[str, str]:
    """Return the sha256 of each input."""
    return {name: digest_input(path, but=job.out) for name, path in inputs.items()}


def read_inputs(job: Job, inputs: Sequence[Path], *, on_reject: OnReject, on_bad_file: OnBadFile) -> Iterator[Page]:
    """Read every thread of the inputs; folders that are no corpus are walked, in the order of their names.

    Args:
        job: How to read; its own folder is left out where it lies within an input.
        inputs: Files and folders.
        on_reject: Told of each record that cannot be used.
        on_bad_file: Told of each file that cannot, where there are several.
    """
    pseudonyms = Pseudonyms.from_file(job.reading.key) if job.reading.key else None
    waiting = list(reversed(inputs))
    several = len(inputs) > 1
    while waiting:
        path = waiting.pop()
        try:
            yield from _read(job, path, on_reject=on_reject, pseudonyms=pseudonyms)
        except NoCorpus:
            own = job.out.resolve()
            inside = [one for one in sorted(path.iterdir()) if not one.name.startswith(".") and one.resolve() != own]
            waiting.extend(reversed([one for one in inside if one.is_file() or not one.is_symlink()]))
            several = True
        except NoRoom:
            raise
        except ReadError as error:
            if not several:
                raise
            on_bad_file(error)


def _read(job: Job, path: Path, *, on_reject: OnReject, pseudonyms: Pseudonyms | None) -> Iterator[Page]:
    reading = job.reading
    if path.is_dir() and _is_dataset(path):
        yield from _read_dataset(job, path, on_reject=on_reject, pseudonyms=pseudonyms)
        return
    yield from read_threads(
        path,
        # A folder is asked whether it is a corpus; its files, whose format was named, come later.
        format=None if path.is_dir() else reading.format,
        thread_id=reading.thread_id,
        columns=reading.columns,
        on_reject=on_reject,
        pseudonyms=pseudonyms,
    )


def _is_dataset(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("dataset_dict.json", "state.json"))


def _read_dataset(job: Job, folder: Path, *, on_reject: OnReject, pseudonyms: Pseudonyms | None) -> Iterator[Page]:
    """Read what `datasets` saved with `save_to_disk`: a split after the other, each as the table it is."""
    from datasets import Dataset, load_from_disk

    try:
        saved = load_from_disk(str(folder))
    except (OSError, ValueError, LookupError) as error:
        why = f"not a dataset that this version of datasets loads: {type(error).__name__}"
        raise Unreadable(str(folder), why=why, mend="Save it again with save_to_disk.") from error
    splits = {folder.name: saved} if isinstance(saved, Dataset) else dict(saved)
    for name, split in splits.items():
        with tempfile.TemporaryDirectory(dir=job.state) as room:
            table = Path(room) / f"{name}.parquet"
            split.to_parquet(str(table))
            for page in read_threads(
                table,
                format="parquet",
                thread_id=job.reading.thread_id,
                columns=job.reading.columns,
                on_reject=on_reject,
                pseudonyms=pseudonyms,
            ):
                yield replace(page, source=f"{folder}/{name}")
