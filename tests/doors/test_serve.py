"""`stance serve` and `stance users`."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from stance.queue import Role, open_store

WORDS = "a horse and a battery"


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """The file of an empty queue."""
    path = tmp_path / "queue.db"
    open_store(path).close()
    return path


def test_users_are_added_listed_and_removed(command, queue, monkeypatch):
    for name, role in (("anna", "admin"), ("bo", "moderator")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WORDS}\n"))
        added = command("users", "add", queue, name, "--role", role, "--password-stdin")
        assert (added.returncode, added.stdout) == (0, "")
    listed = command("users", "list", queue).stdout.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [["anna", "admin"], ["bo", "moderator"]]
    with open_store(queue) as store:
        assert store.users.find("anna").role is Role.ADMIN
        assert WORDS not in store.users.find("anna").password_hash
    assert command("users", "remove", queue, "bo").returncode == 0
    assert command("users", "list", queue).stdout.count("\n") == 1
    again = command("users", "remove", queue, "bo")
    assert again.returncode == 9
    assert "'bo': not known" in again.stderr


def test_a_password_that_is_too_short_adds_nobody(command, queue, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    refused = command("users", "add", queue, "bo", "--password-stdin")
    assert refused.returncode == 10
    assert "12 to 1,000" in refused.stderr
    assert "short\n" not in refused.stderr
    assert command("users", "list", queue).stdout == ""


def test_a_queue_that_is_not_there_is_not_made(command, tmp_path):
    missing = tmp_path / "none.db"
    refused = command("serve", missing)
    assert refused.returncode == 9
    assert not missing.exists()


def test_serving_to_a_network_without_users_is_refused(command, queue):
    refused = command("serve", queue, "--host", "0.0.0.0")
    assert refused.returncode == 10
    assert "stance users add" in refused.stderr


@pytest.mark.slow
def test_the_address_to_open_is_printed_and_an_interrupt_ends_it(queue):
    command = [sys.executable, "-m", "stance", "serve", str(queue), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        link = server.stdout.readline().strip()
        with urlopen(link.partition("/open")[0] + "/login", timeout=30) as page:
            assert page.status == 200
            assert b"Open the link" in page.read()
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert "/open?token=" in link
    assert "Traceback" not in said
