"""Addresses, passwords and tries."""

from __future__ import annotations

import pytest

from stance.errors import CannotServe
from stance.queue import Role
from stance.serve import LinkDoor, Serving, hash_password, local_site, public_site, serve
from stance.serve.passwords import Attempts, check_password


def test_the_local_site_is_this_machine_by_each_of_its_names():
    site = local_site(8710)
    assert site.hosts == {"127.0.0.1:8710", "localhost:8710", "[::1]:8710"}
    assert site.origin == "http://127.0.0.1:8710"
    assert not site.secure
    assert local_site(8711).cookie != site.cookie


@pytest.mark.parametrize(
    ("origin", "host", "secure"),
    [
        ("https://queue.example.org", "queue.example.org", True),
        ("https://queue.example.org:443/", "queue.example.org", True),
        ("https://Queue.example.org:8443", "queue.example.org:8443", True),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443", True),
        ("http://localhost:9000", "localhost:9000", False),
    ],
)
def test_a_public_site_is_one_address(origin, host, secure):
    site = public_site(origin)
    assert site.hosts == {host}
    assert site.origin.endswith(f"://{host}")
    assert site.secure is secure


@pytest.mark.parametrize(
    "origin",
    ["queue.example.org", "https://", "ftp://x", "https://a/b", "https://u:p@h", "https://h?x=1", "https://h:x", ""],
)
def test_what_is_no_address_is_refused(origin):
    with pytest.raises(CannotServe, match="Write it like https://"):
        public_site(origin)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"host": "0.0.0.0"}, "knows no users"),
        ({"origin": "https://queue.example.org"}, "knows no users"),
        ({"origin": "http://queue.example.org"}, "in the clear"),
        ({"tls_cert": "cert.pem"}, "go together"),
        ({"tls_cert": "cert.pem", "tls_key": "key.pem"}, "is not there"),
    ],
)
def test_serving_that_would_not_be_safe_is_refused(store, tmp_path, asked, words):
    files = {name: tmp_path / value for name, value in asked.items() if name.startswith("tls")}
    with pytest.raises(CannotServe, match=words):
        serve(Serving(queue=store.where, **(asked | files)), tell=print)


@pytest.mark.parametrize(
    ("asked", "words"), [({"host": "0.0.0.0"}, "in the clear"), ({"port": 1, "host": "127.0.0.1"}, "--port")]
)
def test_with_users_a_network_still_asks_for_https(store, asked, words, served):
    store.users.add("bo", role=Role.ADMIN, password_hash="x")
    if "port" in asked:  # a port that is taken
        asked = {"port": served.socket.getsockname()[1]}
    with pytest.raises(CannotServe, match=words):
        serve(Serving(queue=store.where, **asked), tell=print)


def test_a_short_token_is_refused(store, monkeypatch):
    monkeypatch.setenv("STANCE_TOKEN", "short")
    with pytest.raises(CannotServe, match="20 or more"):
        serve(Serving(queue=store.where, port=0), tell=print)


def test_a_link_opens_for_its_token_alone():
    door = LinkDoor(name="Anna", token="the-right-token")
    assert door.open("the-wrong-token") is None
    assert door.open("") is None
    session = door.open("the-right-token")
    assert door.visitor(session).name == "Anna"
    assert door.visitor("guess") is None
    door.close(session)
    assert door.visitor(session) is None


def test_each_session_has_a_token_of_its_own_against_forged_requests():
    door = LinkDoor(name="Anna", token="the-right-token")
    first, second = door.visitor(door.open("the-right-token")), door.visitor(door.open("the-right-token"))
    assert first.csrf != second.csrf


def test_a_password_is_kept_as_argon2id_and_checked():
    kept = hash_password("a horse and a battery")
    assert kept.startswith("$argon2id$")
    assert check_password(kept, "a horse and a battery")
    assert not check_password(kept, "a horse and a batterY")
    assert not check_password(None, "nobody has this password")
    assert not check_password("no hash at all", "x")


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1_001])
def test_a_password_that_is_too_short_or_long_is_refused(password):
    with pytest.raises(CannotServe, match="want 12 to 1,000"):
        hash_password(password)


def test_tries_are_counted_within_a_window():
    now = [0.0]
    attempts = Attempts(limit=3, window_seconds=60, clock=lambda: now[0])
    for second in (0, 10, 20):
        now[0] = second
        assert attempts.wait_seconds("bo") == 0
        attempts.note("bo")
    # The oldest of three was at 0: it leaves the window at 60.
    assert attempts.wait_seconds("bo") == 40
    assert attempts.wait_seconds("eve") == 0
    now[0] = 61
    assert attempts.wait_seconds("bo") == 0
    attempts.forget("bo")
    now[0] = 0
    assert attempts.wait_seconds("bo") == 0
