"""docs/perspective.md does what it says: its lines are run as they stand, at a server with a judge that is known."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
import uvicorn

from stance.cli import app
from stance.protocols import Scoring, Service, create_api
from stance.protocols.attributes import NAMES
from stance.protocols.their_scores import THEIRS

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "perspective.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8710"
NAME = "commentanalyzer.googleapis.com"


def blocks(language: str) -> list[str]:
    """The parts of the guide that are written in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


def lines(program: str) -> list[str]:
    """The lines that call a program, continued ones as one."""
    whole = "".join(blocks("bash")).replace("\\\n", " ")
    return [line.strip() for line in whole.splitlines() if line.strip().startswith(program)]


@contextmanager
def serve(scoring: Scoring, **options) -> Iterator[int]:
    """Serve every protocol on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            create_api(Service(scoring=scoring)), log_config=None, timeout_graceful_shutdown=1, **options
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@pytest.fixture
def address(scoring) -> Iterator[str]:
    with serve(scoring) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def ask(address) -> Callable[..., dict[str, object]]:
    def post(**body: object) -> dict[str, object]:
        request = urllib.request.Request(
            f"{address}/v1alpha1/comments:analyze?key=KEY",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    return post


def done(*command: str, **options) -> str:
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, **options)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_first_line_answers(address):
    (first, *_) = lines("curl")
    answer = json.loads(done("bash", "-c", first.replace(HERE, address)))
    assert answer["attributeScores"].keys() == {"TOXICITY", "INSULT"}


def test_the_python_client_needs_its_one_argument_alone(address):
    (block,) = blocks("python")
    assert 0 < float(done(sys.executable, "-c", block.replace(HERE, address))) < 1


def test_a_client_that_cannot_be_changed_trusts_a_certificate_for_the_name(scoring, tmp_path):
    for line in lines("openssl"):
        done("bash", "-c", line, cwd=tmp_path)
    (shown,) = [line for line in lines("curl") if NAME in line]
    tls = {"ssl_certfile": tmp_path / "tls.pem", "ssl_keyfile": tmp_path / "tls.key"}
    with serve(scoring, **tls) as port:
        answer = json.loads(done("bash", "-c", shown.replace("127.0.0.1:443", f"127.0.0.1:{port}"), cwd=tmp_path))
        assert "TOXICITY" in answer["attributeScores"]
        # As strict as Python is from 3.13 on.
        strict = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            strict.wrap_socket(raw, server_hostname=NAME) as secure,
        ):
            assert secure.version() is not None


def test_the_authority_can_sign_for_no_other_name(tmp_path):
    authority, certificate = lines("openssl")
    done("bash", "-c", authority, cwd=tmp_path)
    done("bash", "-c", certificate.replace(NAME, "www.example.org"), cwd=tmp_path)
    shown = ["openssl", "verify", "-CAfile", "ca.pem", "tls.pem"]
    refused = subprocess.run(shown, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert "permitted subtree violation" in refused.stderr


def test_the_line_that_changes_a_client_changes_it(tmp_path):
    client = tmp_path / "node_modules" / "perspective-api-client" / "index.js"
    client.parent.mkdir(parents=True)
    client.write_text(f"const URL =\n  'https://{NAME}/v1alpha1/comments:analyze';\n")
    (shown,) = lines("sed")
    done("bash", "-c", shown, cwd=tmp_path)
    assert client.read_text() == f"const URL =\n  '{HERE}/v1alpha1/comments:analyze';\n"


def test_migrate_runs_as_it_is_written(tmp_path, tiny_model):
    rows = [f"The pier of {n} was sold twice.,{n / 100}" for n in range(100)]
    (tmp_path / "scores.csv").write_text("\n".join(["text,TOXICITY", *rows]))
    (shown,) = lines("stance migrate")
    words = shlex.split(shown)[1:]
    out = done(sys.executable, "-m", "stance", *words, "--model", str(tiny_model), cwd=tmp_path)
    assert "TOXICITY · 100 scores" in out


def commands(prefix: str, group: typer.main.TyperGroup) -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(f"{prefix} {name}", command)
        else:
            yield (
                f"{prefix} {name}",
                {flag for option in command.params for flag in [*option.opts, *option.secondary_opts]},
            )


@pytest.mark.parametrize("paper", ["perspective.md", "serve.md"])
def test_every_command_that_is_shown_exists_with_its_options(paper):
    known = dict(commands("stance", typer.main.get_command(app)))
    shown = re.findall(
        r"(?:^ *(?:sudo )?|`)(stance [a-z][^`#\n]*)", (ROOT / "docs" / paper).read_text(), flags=re.MULTILINE
    )
    assert shown
    for line in shown:
        words = shlex.split(line.replace("\\", " "))
        command = next((name for n in (3, 2) if (name := " ".join(words[:n])) in known), None)
        assert command is not None, line
        assert {word for word in words if word.startswith("--")} <= known[command], line


def names(part: str) -> list[str]:
    return re.findall(r"`([A-Z_]+)`", part)


def test_what_is_here_and_what_is_not_is_told_of_every_attribute_that_perspective_had():
    part = GUIDE.split("## Attributes")[1].split("## Thresholds")[0]
    here, not_here = part.split("| not here |")
    assert {*names(here)} == {*NAMES}
    told = [name for line in not_here.splitlines() if line[:1] == "|" for name in names(line.split("|")[1])]
    assert sorted(told) == sorted(THEIRS - {*NAMES})


def test_an_attribute_that_is_told_to_be_here_is_and_others_are_refused_by_name(ask):
    answer = ask(comment={"text": "No."}, requestedAttributes={name: {} for name in NAMES})
    assert answer["attributeScores"].keys() == {*NAMES}
    for name in sorted(THEIRS - {*NAMES}):
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            ask(comment={"text": "No."}, requestedAttributes={name: {}})
        assert name in json.load(refused.value)["error"]["message"]


def test_the_client_for_r_finds_what_it_reads_where_it_reads_it(ask):
    # peRspective 0.1: one language goes out as a bare string; without sentences it takes the first key of the answer,
    # and in it names the values of an attribute's spans, which must be one.
    answer = ask(
        comment={"text": "No. It was sold twice."},
        spanAnnotations=False,
        requestedAttributes={"TOXICITY": {}, "THREAT": {}},
        doNotStore=False,
        languages="en",
    )
    scores = next(iter(answer.values()))
    assert [len(scores[name]["spanScores"]) for name in ("TOXICITY", "THREAT")] == [1, 1]
    assert scores["THREAT"]["spanScores"][0]["score"]["value"] == scores["THREAT"]["summaryScore"]["value"]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_lines_for_node_are_javascript():
    for block in blocks("js"):
        done("node", "--check", "-", input=block)
