"""Source names in, verified files in the data folder out: what scripts/get_data runs.

Each file is taken from its own repository at the registry's commit; nothing is served from anywhere else. A download
that breaks off is taken up where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from stance.errors import StanceError
from stance.train.errors import DownloadFailed, SourceChanged
from stance.train.sources import SOURCES, SourceFile, digest_of

HOST = "https://raw.githubusercontent.com"
_ATTEMPTS = 3
_BLOCK = 1 << 16
_TIMEOUT_SECONDS = 60
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one file: `there` already, `fetched` now, or `converted`, so that no origin holds it."""

    file: SourceFile
    outcome: str


def fetch_file(file: SourceFile, to: Path, *, source: str, host: str = HOST) -> Fetched:
    """Bring one file into the data folder, or say that it is there already or at no origin.

    Raises:
        DownloadFailed: The host did not give it, after three attempts.
        SourceChanged: What the host gave, or what lies there as a converted file, is not what the registry names.
    """
    path = to / file.path
    if path.is_file():
        got = digest_of(path)
        if got == file.sha256:
            return Fetched(file=file, outcome="there")
        if file.origin.converted:
            raise SourceChanged(path, source=source, want=file.sha256, got=got)
    if file.origin.converted:
        return Fetched(file=file, outcome="converted")
    partial_path = path.with_name(f"{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    _download(f"{host}/{quote(file.url)}", partial_path, n_bytes=file.n_bytes)
    got = digest_of(partial_path)
    if got != file.sha256:
        partial_path.unlink()
        raise SourceChanged(path, source=source, want=file.sha256, got=got)
    partial_path.replace(path)
    return Fetched(file=file, outcome="fetched")


def _download(url: str, path: Path, *, n_bytes: int) -> None:
    what = ""
    for _ in range(_ATTEMPTS):
        try:
            _download_once(url, path, n_bytes=n_bytes)
        except HTTPError as error:
            what = f"the host answered {error.code}"
            error.close()
            if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                path.unlink(missing_ok=True)
            elif error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        except (URLError, HTTPException, OSError) as error:
            what = f"the host did not answer ({type(error).__name__})"
        else:
            if path.stat().st_size == n_bytes:
                return
            what = f"got {path.stat().st_size} of {n_bytes} bytes"
    raise DownloadFailed(url, what=what)


def _download_once(url: str, path: Path, *, n_bytes: int) -> None:
    """Fetch what is still wanting of a file; never more than its size, whatever the host sends."""
    have = path.stat().st_size if path.is_file() else 0
    if have >= n_bytes:
        path.unlink(missing_ok=True)
        have = 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        resumed = have and answer.status == HTTPStatus.PARTIAL_CONTENT
        with path.open("ab" if resumed else "wb") as out:
            left = n_bytes - (have if resumed else 0)
            while left > 0 and (block := answer.read(min(_BLOCK, left))):
                out.write(block)
                left -= len(block)


def fetch_sources(names: Sequence[str], to: Path, *, say: Callable[[str], object], host: str = HOST) -> list[Fetched]:
    """Bring all files of some sources into the data folder, a few at once.

    Args:
        names: Registered sources; files that two of them share are fetched once.
        to: The data folder.
        say: Is told a line about each source when it is done, and one about each file that must be converted.
        host: Where repositories are served as `/owner/name/commit/path`.

    Raises:
        DownloadFailed: The host did not give a file.
        SourceChanged: A file is not what the registry names.
    """
    done: dict[str, Fetched] = {}
    for name in names:
        files = [file for file in SOURCES[name].files if file.path not in done]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for result in pool.map(partial(fetch_file, to=to, source=name, host=host), files):
                done[result.file.path] = result
        results = [done[file.path] for file in SOURCES[name].files]
        say(f"{name}: {_summary(results)}")
        for result in results:
            if result.outcome == "converted":
                origin = result.file.origin
                say(
                    f"  converted: {result.file.path} is at no origin in this form. It was made {origin.converted}; "
                    f"origin: https://github.com/{origin.repository} at {origin.commit[:12]}."
                )
    return list(done.values())


def _summary(results: Sequence[Fetched]) -> str:
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in ("fetched", "there")}
    missing = len(results) - sum(counts.values())
    tail = f", {missing} to be converted" if missing else ""
    return f"{counts['fetched']} fetched, {counts['there']} already there{tail}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run scripts/get_data's command line; the exit code is the error's own."""
    parser = argparse.ArgumentParser(
        prog="scripts/get_data", description="Fetch the labelled sources from their origins and check every digest."
    )
    parser.add_argument(
        "--source", action="append", choices=sorted(SOURCES), metavar="NAME", help="one source, or more"
    )
    parser.add_argument("--to", type=Path, help="data folder; $STANCE_DATA otherwise")
    parser.add_argument("--host", default=HOST, help="a mirror that serves /owner/name/commit/path")
    parser.add_argument("--list", action="store_true", help="print the sources with their licences, fetch nothing")
    options = parser.parse_args(arguments)
    if options.list:
        for source in SOURCES.values():
            note = "  EVALUATION ONLY" if source.evaluation_only else ""
            sys.stdout.write(f"{source.name}\t{source.task}\t{'; '.join(source.licences)}{note}\n")
        return 0
    to = options.to or (Path(os.environ["STANCE_DATA"]) if os.environ.get("STANCE_DATA") else None)
    if to is None:
        parser.error("give --to DIR, or set STANCE_DATA")
    try:
        fetch_sources(options.source or list(SOURCES), to, host=options.host, say=_say)
    except StanceError as error:
        sys.stderr.write(f"stance: {error}\n")
        return error.exit_code
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
