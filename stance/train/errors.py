"""What can end training or the fetching of its sources: all are `DataError`, exit code 6."""

from __future__ import annotations

from pathlib import Path

from stance.errors import DataError


class BadRecipe(DataError):
    """A training recipe that is not there or not complete."""

    def __init__(self, source: str, *, what: str, mend: str) -> None:
        self.source, self.what, self.mend = source, what, mend
        super().__init__(f"recipe {source}: {what}. {mend}")


class SourceMissing(DataError):
    """A training source's file is not in the data folder."""

    def __init__(self, path: Path, *, source: str) -> None:
        self.path, self.source = path, source
        super().__init__(f"{path}: not found (source {source!r}). Run scripts/get_data, or set STANCE_DATA.")


class SourceChanged(DataError):
    """A training source's file is not the one the registry names."""

    def __init__(self, path: Path, *, source: str, want: str, got: str) -> None:
        self.path, self.source, self.want, self.got = path, source, want, got
        super().__init__(
            f"{path}: sha256 {got[:12]} is not the {want[:12]} of source {source!r}. "
            "Download it again with scripts/get_data."
        )


class SourceUnreadable(DataError):
    """A training source's files do not hold what their origin published."""

    def __init__(self, path: Path, *, source: str, what: str) -> None:
        self.path, self.source, self.what = path, source, what
        super().__init__(
            f"{path}: cannot be read as source {source!r} ({what}). Download it again with scripts/get_data."
        )


class DownloadFailed(DataError):
    """A training source's file could not be fetched."""

    def __init__(self, url: str, *, what: str) -> None:
        self.url, self.what = url, what
        super().__init__(f"{url}: {what}. Run scripts/get_data again; what is already there is kept.")
