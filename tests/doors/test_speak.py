"""Speaking protocols where it cannot be done, and `stance keys`."""

from __future__ import annotations

import pytest

from stance.queue import open_store


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "without a queue it knows no API keys"),
        (["queue.db", "--no-pages", "--host", "0.0.0.0"], "no API keys"),
        (["queue.db", "--workers", "2"], "--no-pages"),
        (["--no-protocols"], "needs a queue"),
        (["queue.db", "--no-protocols", "--no-pages"], "nothing to serve"),
        (["absent.db"], "absent.db"),
        (["--policy", "absent.toml"], "absent.toml"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line(command, tmp_path, monkeypatch, words, told, tiny_model):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    open_store(tmp_path / "queue.db").close()
    done = command("serve", *words, "--port", "0", "--model", tiny_model)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_made_listed_and_removed(command, tmp_path):
    queue = tmp_path / "queue.db"
    made = command("keys", "add", queue, "forum", "--per-minute", "60")
    assert made.stdout.startswith("stance_")
    assert command("keys", "list", queue).stdout.startswith("forum\t60\t")
    again = command("keys", "add", queue, "forum")
    assert (again.returncode, "is there already" in again.stderr) == (9, True)
    assert command("keys", "remove", queue, "forum").returncode == 0
    assert command("keys", "remove", queue, "forum").returncode == 9
