from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from standing_judge import make_job

from stance.batch import BatchError, ChangedOption, FolderInUse, HowToRead, ShardFailed, WorkerLost, run_batch
from stance.errors import CannotWrite, ReadError, Unreadable

PROGRAM = Path(__file__).parent / "standing_judge.py"
N_THREADS = 12


def write_comments(path, *, n_threads=N_THREADS, text="The bridge should be mended before winter."):
    """Three comments a thread, the third answering the second."""
    rows = [
        {"id": f"{thread}-{n}", "thread_id": f"t{thread}", "text": f"{text} Number {thread}, {n}.", "author": f"A{n}"}
        | ({"parent_id": f"{thread}-2"} if n == 3 else {})
        for thread in range(n_threads)
        for n in (1, 2, 3)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def comments(tmp_path):
    return write_comments(tmp_path / "comments.jsonl")


def parts(out):
    return {part.name: sha256(part.read_bytes()).hexdigest() for part in out.glob("part-*")}


def rows(out):
    return [row for part in sorted(out.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]


def rejects(out):
    return [json.loads(line) for line in (out / "rejects.jsonl").read_text().splitlines()]


def test_every_comment_becomes_a_row_of_its_thread_in_order(comments, tmp_path):
    out = tmp_path / "out"
    counts = run_batch(make_job(comments, out=out))
    assert [row["id"] for row in rows(out)] == [f"{thread}-{n}" for thread in range(N_THREADS) for n in (1, 2, 3)]
    # 36 comments, 6 a shard: two threads of three each
    assert (counts.comments_in, counts.comments_out, counts.rejected, counts.shards) == (36, 36, 0, 6)
    third = rows(out)[2]
    assert third["reply"]["parent"] == "0-2"
    assert sum(third["relation"]["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_killed_run_goes_on_to_equal_rows_at_any_moment(comments, tmp_path):
    whole = tmp_path / "whole"
    run_batch(make_job(comments, out=whole))
    chance = random.Random(20)
    for moment in range(20):
        out = tmp_path / f"out{moment}"
        n_workers = 2 if moment % 10 == 9 else 1
        program = [sys.executable, str(PROGRAM), str(comments), str(out), str(n_workers), "0.05"]
        process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
        # Whatever the machine's load, the moment lies within the run: it is counted from the first sign of it.
        deadline = time.monotonic() + 60
        while not out.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.8 if n_workers == 1 else 2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = {marker.stem: marker.stat().st_mtime_ns for marker in (out / ".stance").glob("done/*.json")}
        run_batch(make_job(comments, out=out))
        after = {marker.stem: marker.stat().st_mtime_ns for marker in (out / ".stance").glob("done/*.json")}
        assert {name: after[name] for name in kept} == kept
        assert parts(out) == parts(whole)
        assert list(out.glob(".*.part")) == []


def test_workers_write_the_same_bytes(comments, tmp_path):
    run_batch(make_job(comments, out=tmp_path / "one"))
    run_batch(make_job(comments, out=tmp_path / "two"), n_workers=2)
    assert parts(tmp_path / "one") == parts(tmp_path / "two")


def test_a_finished_run_scores_nothing_again(comments, tmp_path):
    first = run_batch(make_job(comments, out=tmp_path / "out"))

    def refuse(job, shards):
        raise AssertionError(shards)

    assert run_batch(make_job(comments, out=tmp_path / "out"), engine=refuse) == first


def test_a_part_that_was_deleted_is_made_again(comments, tmp_path):
    out = tmp_path / "out"
    run_batch(make_job(comments, out=out))
    before = parts(out)
    (out / "part-00002.parquet").unlink()
    run_batch(make_job(comments, out=out))
    assert parts(out) == before


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("long", {"long": True}),
        ("order", {"order": "uncertain"}),
        ("alternatives", {"n_alternatives": 1}),
        ("format", {"form": "jsonl"}),
        ("shard-comments", {"shard_comments": 9}),
        ("thread", {"reading": HowToRead(thread_id="t1")}),
        ("columns", {"reading": HowToRead(columns={"text": "body"})}),
        ("mend", {"reading": HowToRead(mend=frozenset({"ring"}))}),
    ],
)
def test_a_changed_option_is_refused_by_its_name(comments, tmp_path, field, options):
    run_batch(make_job(comments, out=tmp_path / "out"))
    with pytest.raises(ChangedOption, match=f"another {field},") as caught:
        run_batch(make_job(comments, out=tmp_path / "out", **options))
    assert caught.value.field == field


def test_a_changed_input_is_refused(comments, tmp_path):
    run_batch(make_job(comments, out=tmp_path / "out"))
    write_comments(comments, n_threads=2)
    with pytest.raises(ChangedOption, match="another input"):
        run_batch(make_job(comments, out=tmp_path / "out"))


def test_a_poisoned_thread_is_rejected_with_its_reason_and_without_its_text(comments, tmp_path):
    bad = write_comments(tmp_path / "bad.jsonl", n_threads=1, text="POISON")
    out = tmp_path / "out"
    counts = run_batch(make_job(comments, bad, out=out))
    assert (counts.comments_in, counts.comments_out, counts.rejected) == (39, 36, 3)
    (row,) = rejects(out)
    assert row["what"] == "cannot be analysed (ValueError)"
    assert row["n_comments"] == 3
    assert "POISON" not in (out / "rejects.jsonl").read_text()


def test_a_record_that_cannot_be_read_is_rejected_with_its_place(comments, tmp_path):
    lines = comments.read_text().splitlines()
    comments.write_text("\n".join([*lines[:4], "{broken", *lines[4:]]) + "\n")
    counts = run_batch(make_job(comments, out=tmp_path / "out"))
    assert (counts.comments_in, counts.comments_out, counts.rejected) == (37, 36, 1)
    assert rejects(tmp_path / "out")[0]["place"] == 5


def test_a_thread_with_a_fault_that_is_not_mended_is_rejected(tmp_path):
    ring = [{"id": "a", "text": "One.", "parent_id": "b"}, {"id": "b", "text": "Two.", "parent_id": "a"}]
    (tmp_path / "ring.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ring))
    counts = run_batch(make_job(tmp_path / "ring.jsonl", out=tmp_path / "out"))
    assert (counts.comments_in, counts.comments_out, counts.rejected) == (2, 0, 2)
    assert "form a ring" in rejects(tmp_path / "out")[0]["what"]


def test_one_file_of_several_that_cannot_be_read_is_rejected(comments, tmp_path):
    (tmp_path / "bytes.jsonl").write_bytes(bytes(range(256)) * 4)
    run_batch(make_job(comments, tmp_path / "bytes.jsonl", out=tmp_path / "out"))
    assert [row["place"] for row in rejects(tmp_path / "out")] == ["file"]


def test_the_only_file_that_cannot_be_read_ends_the_run(tmp_path):
    (tmp_path / "bytes.jsonl").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(ReadError):
        run_batch(make_job(tmp_path / "bytes.jsonl", out=tmp_path / "out"))


@pytest.mark.parametrize("word", ["nothing-there.jsonl", "*.nothing", "-"])
def test_an_input_that_names_nothing_is_an_error(tmp_path, word):
    with pytest.raises(Unreadable):
        run_batch(make_job(word, out=tmp_path / "out"))


def test_two_runs_into_one_folder_are_refused(comments, tmp_path):
    out = tmp_path / "out"

    def second(job, shards):
        with pytest.raises(FolderInUse, match="another run is writing"):
            run_batch(make_job(comments, out=out))
        raise Unreadable("stop", why="the test is over")
        yield

    with pytest.raises(Unreadable, match="the test is over"):
        run_batch(make_job(comments, out=out), engine=second)


def test_a_folder_of_something_else_is_left_alone(comments, tmp_path):
    with pytest.raises(CannotWrite, match="something else"):
        run_batch(make_job(comments, out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["comments.jsonl"]


def test_a_full_disk_is_told_in_one_line_and_the_run_goes_on_later(comments, tmp_path):
    out = tmp_path / "out"
    program = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); from standing_judge import *\n"
        "from stance.errors import StanceError\n"
        "from stance.batch import score_here\n"
        "def fill(job, shards):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, resource.RLIM_INFINITY))\n"
        "    return score_here(job, shards)\n"
        "try: run_batch(make_job(sys.argv[2], out=Path(sys.argv[3])), engine=fill)\n"
        "except StanceError as error: print(type(error).__name__, error)\n"
    )
    asked = [sys.executable, "-c", program, str(PROGRAM.parent), str(comments), str(out)]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("CannotWrite")
    assert "File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    run_batch(make_job(comments, out=out))
    run_batch(make_job(comments, out=tmp_path / "whole"))
    assert parts(out) == parts(tmp_path / "whole")


def test_a_full_disk_in_a_worker_names_the_shard(comments, tmp_path):
    out = tmp_path / "out"
    (out / ".stance").mkdir(parents=True)
    (out / "part-00000.parquet").mkdir()
    with pytest.raises(ShardFailed, match=r"shard 00000: .*part-00000"):
        run_batch(make_job(comments, out=out), n_workers=2)


def test_a_worker_lost_again_and_again_is_told_and_the_rest_is_kept(comments, tmp_path):
    fatal = write_comments(tmp_path / "fatal.jsonl", n_threads=1, text="FATAL")
    with pytest.raises(WorkerLost, match=r"shard 00006: .*lost 3 times"):
        run_batch(make_job(comments, fatal, out=tmp_path / "out"), n_workers=2)
    assert len(parts(tmp_path / "out")) == 6


def test_all_errors_of_a_run_have_one_exit_code():
    assert {error.exit_code for error in (ChangedOption, FolderInUse, ShardFailed, WorkerLost)} == {
        BatchError.exit_code
    }


def test_the_manifest_tells_what_made_the_rows_and_how_many(comments, tmp_path):
    out = tmp_path / "out"
    run_batch(make_job(comments, out=out))
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["model_id"] == "standing@0"
    assert manifest["counts"] == {
        "threads": 12,
        "comments_in": 36,
        "comments_out": 36,
        "rejected": 0,
        "rows": 36,
        "shards": 6,
    }
    assert manifest["options"]["input"] == {str(comments): sha256(comments.read_bytes()).hexdigest()}
    assert {name: part["sha256"] for name, part in manifest["parts"].items()} == parts(out)
    assert manifest["policy_digest"] == rows(out)[0]["policy_digest"]


def test_progress_ends_with_all_comments(comments, tmp_path):
    told = []
    run_batch(make_job(comments, out=tmp_path / "out"), tell=lambda *counts: told.append(counts))
    assert told[-1] == (36, 36)
    assert told[0] == (3, None)
