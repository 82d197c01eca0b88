"""The application with a judge whose answers are known, asked as a client asks it; and a Coral to ask and to tell."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn
from fastapi.testclient import TestClient
from graphql import build_schema, graphql_sync
from starlette.types import ASGIApp

from stance.protocols import Dialect, Scoring, Service, create_api
from stance.queue import Store, load_policy, open_store


@pytest.fixture
def scoring(constant_judge, scorer) -> Iterator[Scoring]:
    made = Scoring(constant_judge, policy=load_policy(), scorer=scorer)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with open_store(tmp_path / "queue.db") as opened:
        yield opened


@pytest.fixture
def speaking(scoring, store) -> Iterator[Callable[..., TestClient]]:
    """A client of an application that speaks the given dialects alone."""
    opened = []

    def speak(*dialects: Dialect) -> TestClient:
        client = TestClient(create_api(Service(scoring=scoring, store=store), dialects=dialects))
        opened.append(client.__enter__())
        return client

    yield speak
    for client in opened:
        client.__exit__(None, None, None)


@contextmanager
def run(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a port of its own; gives its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def serving() -> Iterator[Callable[[ASGIApp], str]]:
    """`serving(app)` is the origin of a real server of it, for clients that open sockets."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(run(app))


@pytest.fixture
def served(scoring, store, serving) -> Callable[..., str]:
    """`served(*dialects)` is the origin of a real server that speaks them."""
    return lambda *dialects: serving(create_api(Service(scoring=scoring, store=store), dialects=dialects))


CORALS_SCHEMA = """
scalar Time
scalar Cursor
type Query { comment(id: ID!): Comment }
type Mutation {
  approveComment(input: ApproveCommentInput!): ApproveCommentPayload
  rejectComment(input: RejectCommentInput!): RejectCommentPayload
}
type Comment {
  id: ID!
  body: String
  revision: CommentRevision
  createdAt: Time!
  author: User
  status: COMMENT_STATUS!
  parent: Comment
  parents(last: Int = 1, before: Cursor): CommentsConnection!
  story: Story!
  deleted: Boolean
}
type CommentRevision { id: ID! body: String createdAt: Time! }
type CommentsConnection { nodes: [Comment!]! }
type User { id: ID! username: String }
type Story { id: ID! url: String! metadata: StoryMetadata }
type StoryMetadata { title: String author: String description: String }
enum COMMENT_STATUS { NONE APPROVED REJECTED PREMOD SYSTEM_WITHHELD }
enum REJECTION_REASON_CODE {
  OFFENSIVE ABUSIVE SPAM BANNED_WORD AD ILLEGAL_CONTENT HARASSMENT_BULLYING MISINFORMATION HATE_SPEECH
  IRRELEVANT_CONTENT OTHER
}
input ApproveCommentInput { commentID: ID! commentRevisionID: ID! clientMutationId: String! }
input RejectCommentInput {
  commentID: ID!
  commentRevisionID: ID!
  reason: RejectCommentReasonInput
  clientMutationId: String!
}
input RejectCommentReasonInput {
  code: REJECTION_REASON_CODE!
  legalGrounds: String
  detailedExplanation: String
  customReason: String
}
type ApproveCommentPayload { comment: Comment clientMutationId: String! }
type RejectCommentPayload { comment: Comment clientMutationId: String! }
"""
"""What is used of Coral's own schema, every type of it as that has it."""


class Coral(ThreadingHTTPServer):
    """A stand-in for Coral's GraphQL, which answers with errors what its schema does not hold.

    `behave` is "well", "late" (0.3 s), "drip" (a byte at a time), "redirect", "deaf" (takes a request and gives no
    answer), "forgetful" (decides as it is told and gives no answer), or a status; `errors_with` is the status of an
    answer with errors. `told` are the mutations it was sent, `asked` whose requests.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.schema = build_schema(CORALS_SCHEMA)
        self.behave: str | int = "well"
        self.errors_with = 200
        self.token = "a-token"
        self.comments: dict[str, dict] = {}
        self.told: list[tuple[str, dict]] = []
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/graphql"

    def add(self, name, body, *, parent=None, author="lee", story="s1", status="NONE"):
        """Post a comment, or edit the one of that name."""
        before = self.comments.get(name)
        n_revisions = before["revisions"] + 1 if before else 1
        at = before["at"] if before else f"2026-11-01T10:{len(self.comments):02}:00.000Z"
        values = {"body": body, "parent": parent, "author": author, "story": story, "status": status}
        self.comments[name] = {"id": name, **values, "at": at, "revisions": n_revisions}

    def node(self, name):
        told = self.comments.get(name)
        if told is None:
            return None
        metadata = {"title": "The old bridge", "description": "It is to be pulled down.", "author": None}
        return {
            **told,
            "createdAt": told["at"],
            "deleted": told["body"] is None,
            "author": {"id": f"id of {told['author']}", "username": told["author"]},
            "revision": {"id": f"{name} r{told['revisions']}", "body": told["body"], "createdAt": told["at"]},
            "parent": lambda _: self.node(told["parent"]),
            "parents": lambda _, last, before=None: {"nodes": self.above(name)[-last:]},
            "story": {"id": told["story"], "url": "https://example.org/bridge", "metadata": metadata},
        }

    def above(self, name):
        found = []
        while (name := self.comments[name]["parent"]) is not None:
            found.insert(0, self.node(name))
        return found

    def moderate(self, mutation, status, told):
        """Decide as Coral does: on a text that is not the newest, nothing is changed and no error told."""
        self.told.append((mutation, told))
        name = told["commentID"]
        if self.node(name)["revision"]["id"] == told["commentRevisionID"]:
            self.comments[name]["status"] = status
        return {"comment": self.node(name), "clientMutationId": told["clientMutationId"]}

    def answer(self, query, variables):
        root = {
            "comment": lambda _, **about: self.node(about["id"]),
            "approveComment": lambda _, **about: self.moderate("approveComment", "APPROVED", about["input"]),
            "rejectComment": lambda _, **about: self.moderate("rejectComment", "REJECTED", about["input"]),
        }
        made = graphql_sync(self.schema, query, root_value=root, variable_values=variables)
        return {"data": made.data, **({"errors": [one.formatted for one in made.errors]} if made.errors else {})}


class _Answering(BaseHTTPRequestHandler):
    server: Coral

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(self.headers["authorization"])
        behave = self.server.behave
        if behave == "late":
            time.sleep(0.3)
        status = behave if isinstance(behave, int) else 302 if behave == "redirect" else 200
        status = status if self.headers["authorization"] == f"Bearer {self.server.token}" else 401
        if behave == "deaf":
            return
        body = b"{}"
        if status == 200:
            told = json.loads(asked)
            answer = self.server.answer(told["query"], told["variables"])
            body = json.dumps(answer).encode()
            if isinstance(answer, dict) and answer.get("errors"):
                status = self.server.errors_with
            if behave == "forgetful" and told["query"].startswith("mutation"):
                return
        self.send_response(status)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if behave != "drip":
            self.wfile.write(body)
            return
        with suppress(OSError):  # whoever asked has had enough
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(0.02)

    def log_message(self, *_):
        pass


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """`wait_for(holds)` returns once it holds."""

    def wait(holds):
        until = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < until
            time.sleep(0.02)

    return wait


@pytest.fixture
def coral() -> Iterator[Coral]:
    """A Coral with a thread: c0, its reply c1, and c2 beside."""
    with Coral() as server:
        server.add("c0", "<p>The bridge stands.</p>", author="kim")
        server.add("c1", "<p>It does not, <b>you fool</b>.</p>", parent="c0", author="lee")
        server.add("c2", "<p>What bridge?</p>", author="max")
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        running.start()
        yield server
        server.shutdown()
        running.join()
