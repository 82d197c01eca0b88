"""Google's own clients, from Python and from Node, against a real server of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from googleapiclient import discovery
from googleapiclient.errors import HttpError

from stance.protocols.discovery import DISCOVERY
from stance.protocols.multipart import BATCH
from stance.protocols.perspective import PERSPECTIVE

NODE = Path(__file__).parent / "node"
BODY = {"comment": {"text": "What a stupid plan."}, "requestedAttributes": {"TOXICITY": {}, "INSULT": {}}}
FRENCH = "Ce plan est complètement idiot et ses auteurs sont des imbéciles qui ne comprennent rien à rien."


def build(origin, path="/$discovery/rest?version=v1alpha1"):
    return discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="any",
        discoveryServiceUrl=f"{origin}{path}",
        static_discovery=False,
        cache_discovery=False,
    )


@pytest.fixture
def origin(served):
    return served(PERSPECTIVE, DISCOVERY, BATCH)


@pytest.fixture
def client(origin):
    with build(origin) as built:
        yield built


@pytest.mark.parametrize(
    "path", ["/$discovery/rest?version=v1alpha1", "/discovery/v1/apis/{api}/{apiVersion}/rest", "/$discovery/rest"]
)
def test_a_client_builds_itself_from_the_description_and_asks_where_it_came_from(origin, path):
    with build(origin, path) as client:
        request = client.comments().analyze(body=BODY)
        assert request.uri.startswith(f"{origin}/v1alpha1/comments:analyze?")
        scores = request.execute()["attributeScores"]
    assert set(scores) == {"TOXICITY", "INSULT"}
    assert scores["TOXICITY"]["spanScores"][0]["score"] == scores["TOXICITY"]["summaryScore"]


def test_a_client_without_a_key_does_not_look_for_googles_credentials(origin):
    url = f"{origin}/$discovery/rest?version=v1alpha1"
    with discovery.build(
        "commentanalyzer", "v1alpha1", discoveryServiceUrl=url, static_discovery=False, cache_discovery=False
    ) as client:
        assert "TOXICITY" in client.comments().analyze(body=BODY).execute()["attributeScores"]


def test_a_suggestion_is_answered_with_its_token(client):
    body = {
        "comment": {"text": "Busy living, busy dying."},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
        "clientToken": "comment-53922",
    }
    assert client.comments().suggestscore(body=body).execute()["clientToken"] == "comment-53922"


def test_a_refusal_is_an_error_with_details_from_which_the_attribute_is_read(client):
    with pytest.raises(HttpError) as caught:
        client.comments().analyze(body={**BODY, "comment": {"text": FRENCH}}).execute()
    error = caught.value
    assert error.status_code == 400
    assert error.reason == "Attribute TOXICITY does not support request languages: fr"
    (detail,) = error.error_details
    assert detail["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert detail["languageNotSupportedByAttributeError"] == {"attribute": "TOXICITY", "detectedLanguages": ["fr"]}


def test_a_batch_of_a_hundred_gives_each_request_its_own_answer_or_error(client, scoring):
    answers, errors = {}, {}

    def take(request_id, response, exception):
        (answers if exception is None else errors)[request_id] = response or exception

    batch = client.new_batch_http_request(callback=take)
    for number in range(100):
        # Every tenth is refused, each for its own reason.
        body = {"comment": {"text": f"Plan {number} für 😀 is stupid."}, "requestedAttributes": {"TOXICITY": {}}}
        if number % 20 == 0:
            body["comment"] = {"text": " "}
        elif number % 10 == 0:
            body["requestedAttributes"] = {"NO_SUCH": {}}
        batch.add(client.comments().analyze(body=body), request_id=f"comment {number} & more")
    batch.execute()
    assert len(answers) == 90
    assert {error.reason for error in errors.values()} == {
        "Comment must be non-empty.",
        "Unknown requested attribute: NO_SUCH",
    }
    body = {"comment": {"text": "Plan 7 für 😀 is stupid."}, "requestedAttributes": {"TOXICITY": {}}}
    assert answers["comment 7 & more"] == client.comments().analyze(body=body).execute()


def test_a_batch_may_hold_both_methods(client):
    told = {}
    batch = client.new_batch_http_request(callback=lambda name, response, error: told.update({name: response or error}))
    suggestion = {"comment": BODY["comment"], "attributeScores": {"INSULT": {"summaryScore": {"value": 1}}}}
    batch.add(client.comments().analyze(body=BODY), request_id="analyze")
    batch.add(client.comments().suggestscore(body={**suggestion, "clientToken": "t"}), request_id="suggest")
    batch.execute()
    assert "attributeScores" in told["analyze"]
    assert told["suggest"]["clientToken"] == "t"


def missing_program(words):
    if os.environ.get("STANCE_REQUIRE_SERVICES"):
        pytest.fail(f"{words}, and STANCE_REQUIRE_SERVICES is set")
    pytest.skip(words)


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory):
    """Node's packages, installed once for every state of the lock file, outside of the repository."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing_program("Node is not installed (apt-get install nodejs npm)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stance-tests"
    lock = (NODE / "package-lock.json").read_bytes()
    folder = cache / f"node-{sha256(lock).hexdigest()[:16]}"
    if not folder.exists():
        made = tmp_path_factory.mktemp("npm") / "node"
        made.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, made)
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(npm, cwd=made, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            missing_program(f"npm cannot install what package-lock.json names: {done.stderr.strip()[-300:]}")
        cache.mkdir(parents=True, exist_ok=True)
        waiting = cache / f"{folder.name}.{os.getpid()}"
        shutil.move(made, waiting)
        try:
            waiting.rename(folder)
        except OSError:  # another run was faster
            shutil.rmtree(waiting)
    return folder / "node_modules"


def ask_from_node(node_modules, origin, *asked):
    url = f"{origin}/$discovery/rest?version=v1alpha1"
    done = subprocess.run(
        ["node", str(NODE / "ask.cjs"), url, "any"],
        input=json.dumps([{"method": method, "body": body} for method, body in asked]),
        env={**os.environ, "NODE_PATH": str(node_modules)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nodes_client_loads_the_description_and_reads_scores_and_errors(node_modules, origin, client):
    suggestion = {"comment": BODY["comment"], "attributeScores": {"INSULT": {"summaryScore": {"value": 1}}}}
    analyzed, suggested, refused = ask_from_node(
        node_modules,
        origin,
        ("analyze", BODY),
        ("suggestscore", {**suggestion, "clientToken": "t"}),
        ("analyze", {**BODY, "comment": {"text": FRENCH}}),
    )
    assert analyzed == {"status": 200, "data": client.comments().analyze(body=BODY).execute()}
    assert suggested["data"]["clientToken"] == "t"
    assert refused["status"] == 400
    assert refused["message"] == "Attribute TOXICITY does not support request languages: fr"
    assert refused["data"]["error"]["details"][0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
