"""The registry of labelled sources: where each comes from, what its files must be, and how it is read."""

from __future__ import annotations

import csv
import hashlib
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any, Final

from stance.train import (
    load_claims,
    load_contrasts,
    load_moderation,
    load_names,
    load_relation,
    load_rhetoric,
    load_stance,
    load_threads,
    load_written,
)
from stance.train.errors import SourceChanged, SourceMissing, SourceUnreadable
from stance.train.examples import Example

__all__ = ["PERMISSIVE", "SOURCES", "Origin", "Source", "SourceFile", "load_source", "verify_source"]

PERMISSIVE: Final = frozenset(
    {
        "MIT",
        "CC0",
        "CC BY 4.0",
        "CC BY 4.0 (code Apache-2.0)",
        "BSD-3-Clause",
        "Apache-2.0",
        "MIT repository, a copy of the UCI set (CC BY 4.0)",
    }
)
"""Licences, in the registry's words, that are stated and allow any use; whatever else is said is not one."""

Loader = Callable[[Path], Iterator[Example]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A repository that files were taken from. `converted` says how they were made where it does not hold them so."""

    folder: str
    repository: str
    commit: str
    licence: str
    commits: Mapping[str, str]
    converted: str | None

    def url(self, path: str) -> str:
        """Return the path, below the host, under which the repository serves a file as it was at its commit."""
        commit = next((other for pattern, other in self.commits.items() if fnmatchcase(path, pattern)), self.commit)
        return f"{self.repository}/{commit}/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of a source; `path` stands below the data folder and begins with the origin's folder."""

    path: str
    n_bytes: int
    sha256: str
    origin: Origin

    @property
    def url(self) -> str:
        """The file's path below the host that serves its repository."""
        return self.origin.url(self.path.removeprefix(f"{self.origin.folder}/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A labelled source. An `evaluation_only` one must never train weights that are given away."""

    name: str
    task: str
    split: str
    evaluation_only: bool
    files: tuple[SourceFile, ...]
    load: Loader

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of its origins, each once."""
        return tuple(dict.fromkeys(file.origin.licence for file in self.files))

    @property
    def permissive(self) -> bool:
        """Whether every file's licence is stated and permissive; what lies in this package is."""
        return not self.evaluation_only and PERMISSIVE.issuperset(self.licences)


_LOADERS: Final[Mapping[str, Loader]] = {
    "newsmtsc": load_stance.load_newsmtsc,
    "newsmtsc-mt": load_stance.load_newsmtsc_mt,
    "vast": load_stance.load_vast,
    "pstance": load_stance.load_pstance,
    "mt-csd": load_stance.load_mt_csd,
    "spinos": load_stance.load_spinos,
    "multi-target": load_stance.load_multi_target,
    "debagreement": load_relation.load_debagreement,
    "wikitactics": load_relation.load_wikitactics,
    "cmv-modes": load_relation.load_cmv_modes,
    "iac-weak": load_relation.load_iac_weak,
    "iac-links": load_threads.iac_links,
    "ct24": load_claims.load_ct24,
    "policlaim": load_claims.load_policlaim,
    "verifiability": load_claims.load_verifiability,
    "newssd": load_claims.load_newssd,
    "semeval23": load_rhetoric.load_semeval23,
    "isarcasm": load_rhetoric.load_isarcasm,
    "tweeteval-irony": load_rhetoric.load_tweeteval_irony,
    "figlang": load_rhetoric.load_figlang,
    "iac-qr": load_rhetoric.load_iac_qr,
    "toxic-spans": load_moderation.load_toxic_spans,
    "impermium": load_moderation.load_impermium,
    "incivility": load_moderation.load_incivility,
    "hatemoji": load_moderation.load_hatemoji,
    "olid": load_moderation.load_olid,
    "davidson": load_moderation.load_davidson,
    "guest": load_moderation.load_guest,
    "paradetox": load_moderation.load_paradetox,
    "surge": load_moderation.load_surge,
    "debiasing": load_moderation.load_debiasing,
    "counter-context": load_moderation.load_counter_context,
    "youtube-spam": load_moderation.load_youtube_spam,
    "tweeteval-hate": load_moderation.load_tweeteval_hate,
    "cmv-ad-hominem": load_moderation.load_cmv_ad_hominem,
    "ucc": load_moderation.load_ucc,
    "btc": load_names.load_btc,
    "wnut17": load_names.load_wnut17,
    "written": load_written.load_written,
    "contrasts": load_contrasts.load_contrasts,
}


def _read_origins(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Origin]:
    return {
        folder: Origin(
            folder=folder,
            repository=entry["repository"],
            commit=entry["commit"],
            licence=entry["licence"],
            commits=entry.get("commits", {}),
            converted=entry.get("converted"),
        )
        for folder, entry in table.items()
    }


def _read_registry() -> dict[str, Source]:
    package = resources.files("stance.train")
    registry = tomllib.loads((package / "sources.toml").read_text(encoding="utf-8"))
    origins = _read_origins(registry["origin"])
    lines = (package / "sources_files.tsv").read_text(encoding="utf-8").splitlines()
    files = [
        SourceFile(
            path=row["path"],
            n_bytes=int(row["bytes"]),
            sha256=row["sha256"],
            origin=origins[row["path"].partition("/")[0]],
        )
        for row in csv.DictReader(lines, delimiter="\t")
    ]
    return {
        name: Source(
            name=name,
            task=entry["task"],
            split=entry["split"],
            evaluation_only=entry.get("evaluation_only", False),
            files=tuple(file for file in files if any(fnmatchcase(file.path, glob) for glob in entry["files"])),
            load=_LOADERS[name],
        )
        for name, entry in registry["source"].items()
    }


SOURCES: Final[Mapping[str, Source]] = _read_registry()
"""Every source by its name, in the registry's order."""


def _find_source(name: str) -> Source:
    if name not in SOURCES:
        raise ValueError(f"no source {name!r}; there are {', '.join(SOURCES)}")
    return SOURCES[name]


def load_source(name: str, data: Path) -> list[Example]:
    """Read one source from the data folder; digests are `verify_source`'s business.

    Raises:
        SourceMissing: A file is not there.
        SourceUnreadable: A file does not hold what its origin published.
        ValueError: No source has that name.
    """
    source = _find_source(name)
    try:
        return list(source.load(data))
    except (csv.Error, zipfile.BadZipFile, AttributeError, LookupError, TypeError, ValueError) as error:
        folders = " and ".join(dict.fromkeys(file.origin.folder for file in source.files))
        raise SourceUnreadable(data / folders, source=name, what=type(error).__name__) from error


def verify_source(name: str, data: Path) -> None:
    """Check that every file of a source is there and is the one that the registry names.

    Raises:
        SourceMissing: A file is not there.
        SourceChanged: A file's digest is another.
        ValueError: No source has that name.
    """
    for file in _find_source(name).files:
        path = data / file.path
        if not path.is_file():
            raise SourceMissing(path, source=name)
        got = digest_of(path)
        if got != file.sha256:
            raise SourceChanged(path, source=name, want=file.sha256, got=got)


def digest_of(path: Path) -> str:
    """Return a file's sha256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
