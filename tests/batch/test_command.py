from __future__ import annotations

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from stance.batch.job import SHARD_COMMENTS as TAKEN
from stance.cli import main
from stance.cli.score import SHARD_COMMENTS


@pytest.fixture
def score(monkeypatch, capsys, tiny_model):
    """`score(input, "--out", folder)` runs the command with a tiny model; gives exit code, stdout and stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["stance", "score", *map(str, words), "--model", str(tiny_model)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def comments(tmp_path):
    rows = [{"id": str(n), "text": f"The council is right about bridge {n}."} for n in range(3)]
    path = tmp_path / "comments.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_command_scores_and_says_nothing_but_the_counts_where_nobody_watches(score, comments, tmp_path):
    code, out, err = score(comments, "--out", tmp_path / "out")
    assert (code, out) == (0, "")
    assert err == f"stance: {tmp_path / 'out'}: 3 in, 3 out, 0 rejected\n"
    assert pq.read_table(tmp_path / "out" / "part-00000.parquet").num_rows == 3


def test_a_changed_option_ends_in_one_line(score, comments, tmp_path):
    score(comments, "--out", tmp_path / "out")
    code, _, err = score(comments, "--out", tmp_path / "out", "--order", "hybrid")
    assert code == 11
    assert "another order" in err
    assert err.count("\n") == 1


def test_rejects_end_a_run_in_success_unless_it_is_strict(score, comments, tmp_path):
    with comments.open("a") as stream:
        stream.write("{broken\n")
    code, _, err = score(comments, "--out", tmp_path / "out")
    assert code == 0
    assert "4 in, 3 out, 1 rejected" in err
    code, _, err = score(comments, "--out", tmp_path / "out", "--strict")
    assert code == 11
    assert "rejects.jsonl: 1 rejected" in err


def test_workers_and_one_process_agree_with_a_real_encoder(score, comments, tmp_path):
    assert score(comments, "--out", tmp_path / "one", "--shard-comments", "1", "--format", "jsonl")[0] == 0
    assert score(comments, "--out", tmp_path / "two", "--format", "jsonl", "--workers", "2")[0] == 0
    lines = [(tmp_path / name / "part-00000.jsonl").read_text() for name in ("one", "two")]
    for one, two in zip(*(map(json.loads, text.splitlines()) for text in lines), strict=True):
        assert one["attributes"] == pytest.approx(two["attributes"], abs=1e-4)


def test_the_command_and_the_library_cut_alike():
    assert SHARD_COMMENTS == TAKEN


def test_help_needs_nothing_heavy():
    script = "import sys; sys.argv = ['stance', 'score', '--help']\nimport atexit\n"
    script += "atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))\n"
    script += "from stance.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "--shard-comments" in done.stdout
    assert {"torch", "pyarrow", "datasets", "numpy"} & set(done.stderr.split()) == set()


def test_eight_bits_are_told_in_the_rows_and_not_mixed_with_full_precision(score, comments, tmp_path):
    assert score(comments, "--out", tmp_path / "out", "--int8")[0] == 0
    assert pq.read_table(tmp_path / "out" / "part-00000.parquet")["model_id"][0].as_py().endswith("+int8")
    code, _, err = score(comments, "--out", tmp_path / "out")
    assert (code, len(err.splitlines())) == (11, 1)
    assert "another int8" in err


def test_eight_bits_without_their_packages_are_refused_before_anything_is_read(score, comments, tmp_path, monkeypatch):
    monkeypatch.setattr("stance.judge.int8.find_spec", lambda name: None)
    code, _, err = score(comments, "--out", tmp_path / "out", "--int8")
    assert (code, len(err.splitlines())) == (7, 1)
    assert "pip install 'stance[onnx]'" in err
    assert not (tmp_path / "out").exists()
