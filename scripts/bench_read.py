"""Read exports of a given size and print peak memory and speed of each format.

Run with the interpreter of an environment that holds stance: .venv/bin/python scripts/bench_read.py [--megabytes 50]
Each export is made up, written to a temporary folder and read in a process of its own, whose peak memory the system
tells. Threads have 500 comments, and Reddit's and JSON Lines' come mixed, so that nothing can be read thread by thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import zstandard

ROOT = Path(__file__).resolve().parent.parent
WANTED_MEGABYTES = 300
THREAD_COMMENTS = 500
MIXED_THREADS = 8
TEXTS = 5000
WORDS = "the bridge council river stone steel costs votes more than what was said of it by those who know".split()
Piece = Iterator[str]


def made_texts(draw: random.Random) -> list[str]:
    """Texts to choose from: making each comment's own would take longer than reading it."""
    return [" ".join(draw.choices(WORDS, k=draw.randint(5, 60))).capitalize() + "." for _ in range(TEXTS)]


def comments(draw: random.Random) -> Iterator[tuple[int, int, int, str]]:
    """Thread, comment, what it answers (0 for the article) and text, without an end; threads come mixed."""
    texts = made_texts(draw)
    for n in itertools.count(1):
        thread = n // (THREAD_COMMENTS * MIXED_THREADS) * MIXED_THREADS + n % MIXED_THREADS + 1
        answers = n - MIXED_THREADS if n > MIXED_THREADS and draw.random() < 0.7 else 0
        yield thread, n, answers, draw.choice(texts)


def in_order(draw: random.Random) -> Iterator[list[tuple[int, int, int, str]]]:
    """The same thread by thread."""
    texts, numbers = made_texts(draw), itertools.count(1)
    for thread in itertools.count(1):
        rows = []
        for place in range(THREAD_COMMENTS):
            n = next(numbers)
            answers = n - 1 if place and draw.random() < 0.7 else 0
            rows.append((thread, n, answers, draw.choice(texts)))
        yield rows


def wxr(draw: random.Random) -> Piece:
    """A WordPress export, an item a thread."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">'
        "<channel><title>A blog</title><wp:wxr_version>1.2</wp:wxr_version>"
    )
    for rows in in_order(draw):
        posts = "".join(
            f"<wp:comment><wp:comment_id>{n}</wp:comment_id><wp:comment_author>Author {n % 99}</wp:comment_author>"
            "<wp:comment_date_gmt>2018-09-14 15:04:00</wp:comment_date_gmt><wp:comment_approved>1</wp:comment_approved>"
            f"<wp:comment_content><![CDATA[<p>{text}</p>]]></wp:comment_content>"
            f"<wp:comment_parent>{answers}</wp:comment_parent></wp:comment>"
            for _, n, answers, text in rows
        )
        yield f"<item><title>Thread</title><wp:post_id>{rows[0][0]}</wp:post_id>{posts}</item>\n"
    # The end is written when the size is reached.


def disqus(draw: random.Random) -> Piece:
    """A Disqus export: the posts of all threads mixed."""
    yield '<?xml version="1.0"?><disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">\n'
    for thread, n, answers, text in comments(draw):
        above = f'<parent dsq:id="{answers}"/>' if answers else ""
        yield (
            f'<post dsq:id="{n}"><message><![CDATA[<p>{text}</p>]]></message>'
            "<createdAt>2018-09-14T15:04:00Z</createdAt>"
            f"<isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>Author {n % 99}</name></author>"
            f'<thread dsq:id="{thread}"/>{above}</post>\n'
        )


def reddit(draw: random.Random) -> Piece:
    """An archived dump of Reddit comments."""
    for thread, n, answers, text in comments(draw):
        row = {"id": f"c{n}", "link_id": f"t3_{thread}", "author": f"author{n % 99}", "created_utc": 1536937440 + n}
        yield json.dumps({**row, "body": text, "parent_id": f"t1_c{answers}" if answers else f"t3_{thread}"}) + "\n"


def jsonl(draw: random.Random) -> Piece:
    """JSON Lines."""
    for thread, n, answers, text in comments(draw):
        parent = {"parent_id": str(answers)} if answers else {}
        yield json.dumps({"id": n, "text": text, "author": f"author {n % 99}", "thread_id": thread, **parent}) + "\n"


def csv(draw: random.Random) -> Piece:
    """A table."""
    yield "id,thread_id,parent_id,author,text\n"
    for thread, n, answers, text in comments(draw):
        yield f'{n},{thread},{answers or ""},author {n % 99},"{text}"\n'


MADE: dict[str, tuple[Callable[[random.Random], Piece], str]] = {
    "wordpress-wxr": (wxr, "</channel></rss>"),
    "disqus": (disqus, "</disqus>"),
    "reddit": (reddit, ""),
    "jsonl": (jsonl, ""),
    "csv": (csv, ""),
}


def make(form: str, path: Path, n_bytes: int) -> None:
    """Write an export of at least so many bytes; Reddit's is compressed, the size being that of what it holds."""
    pieces, end = MADE[form]
    written = 0
    with path.open("wb") as raw, ExitStack() as packing:
        packed = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
        to = packing.enter_context(packed) if form == "reddit" else raw
        for piece in pieces(random.Random(0)):
            data = piece.encode()
            to.write(data)
            written += len(data)
            if written >= n_bytes:
                break
        to.write(end.encode())


def read(form: str, path: Path) -> dict[str, float]:
    """Read an export in this process; return what it took."""
    from stance.read import read_threads

    counted = {"threads": 0, "comments": 0}

    def count() -> None:
        for page in read_threads(path, format=form):
            counted["threads"] += 1
            counted["comments"] += len(page.comments)

    return measured(count) | counted


def convert(form: str, path: Path) -> dict[str, float]:
    """Run `stance convert` on an export in this process; return what it took."""
    from stance.cli import app

    words = ["convert", str(path), str(path.with_suffix(".jsonl")), "--from", form]
    return measured(lambda: app(words, standalone_mode=False))


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Do something; return its seconds and the peak memory, which is that of this process."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - wall, 1),
        "cpu_seconds": round(time.process_time() - busy, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> int:
    """Make and read an export of each format and report; 1 where one needs too much memory."""
    parser = argparse.ArgumentParser(description="Memory and speed of reading exports.")
    parser.add_argument("--megabytes", type=int, default=50, help="size of each export, before compression")
    parser.add_argument("--format", choices=MADE, action="append", help="only this; may be given again")
    parser.add_argument("--convert", action="store_true", help="run `stance convert` to JSON Lines, and not read alone")
    parser.add_argument("--json", type=Path, help="add the figures to those in this file")
    parser.add_argument("--work", nargs=3, metavar=("WORK", "FORMAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work, form, path = options.work
        print(json.dumps({"read": read, "convert": convert}[work](form, Path(path))))
        return 0

    work = "convert" if options.convert else "read"
    found = json.loads(options.json.read_text(encoding="utf-8")) if options.json and options.json.exists() else {}
    for form in options.format or MADE:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export"
            make(form, path, options.megabytes * 1_000_000)
            command = [sys.executable, __file__, "--work", work, form, str(path)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT, text=True)
        figures = found[f"{work} {form}"] = {"megabytes": options.megabytes, **json.loads(done.stdout)}
        print(
            f"{work:7s} {form:14s} {options.megabytes:,} MB: peak {figures['peak_megabytes']:5.0f} MB, "
            f"{options.megabytes / figures['cpu_seconds']:6.1f} MB a second of processor time, "
            f"{options.megabytes / figures['seconds']:6.1f} of wall time"
        )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 1 if any(figures["peak_megabytes"] > WANTED_MEGABYTES for figures in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
