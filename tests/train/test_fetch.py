import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stance.train import fetch
from stance.train.errors import DownloadFailed, SourceChanged
from stance.train.fetch import fetch_file, fetch_sources
from stance.train.sources import SOURCES

BODY = b"text,is_toxic\nGeese.,Toxic\n"


class Host:
    """A host of files that notes what was asked of it; `ranges` False answers every request with the whole file."""

    def __init__(self, files):
        self.files, self.asked, self.ranges, self.codes = files, [], True, []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                owner.answer(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request):
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        code = self.codes.pop(0) if self.codes else 200
        body = self.files.get(request.path)
        if body is None or code >= 400:
            request.send_error(404 if body is None else code)
            return
        if wanted and self.ranges:
            body = body[int(wanted.removeprefix("bytes=").rstrip("-")) :]
            code = 206
        request.send_response(code)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def file():
    (published,) = SOURCES["surge"].files
    return replace(published, n_bytes=len(BODY), sha256=hashlib.sha256(BODY).hexdigest())


@pytest.fixture
def host(file):
    served = Host({f"/{file.url}": BODY})
    yield served
    served.close()


def test_a_file_is_fetched_from_its_repository_at_its_commit(host, file, tmp_path):
    assert fetch_file(file, tmp_path, source="surge", host=host.url).outcome == "fetched"
    assert (tmp_path / file.path).read_bytes() == BODY
    assert host.asked == [(f"/surge-ai/toxicity/{file.origin.commit}/toxicity_en.csv", None)]


def test_a_right_file_is_not_fetched_again_and_a_wrong_one_is(host, file, tmp_path):
    path = tmp_path / file.path
    path.parent.mkdir()
    path.write_bytes(BODY)
    assert fetch_file(file, tmp_path, source="surge", host=host.url).outcome == "there"
    assert host.asked == []
    path.write_bytes(BODY.replace(b"Geese", b"Ducks"))
    assert fetch_file(file, tmp_path, source="surge", host=host.url).outcome == "fetched"
    assert path.read_bytes() == BODY


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_off_download_goes_on_whether_or_not_the_host_can(host, file, tmp_path, ranges):
    host.ranges = ranges
    partial = tmp_path / f"{file.path}.part"
    partial.parent.mkdir()
    partial.write_bytes(BODY[:5])
    fetch_file(file, tmp_path, source="surge", host=host.url)
    assert host.asked[0][1] == "bytes=5-"
    assert (tmp_path / file.path).read_bytes() == BODY
    assert not partial.exists()


def test_a_host_that_fails_once_is_asked_again(host, file, tmp_path):
    host.codes = [503]
    assert fetch_file(file, tmp_path, source="surge", host=host.url).outcome == "fetched"
    assert len(host.asked) == 2


def test_a_file_the_host_has_not_is_asked_for_once_and_named(host, file, tmp_path):
    host.files.clear()
    with pytest.raises(DownloadFailed, match=r"toxicity_en\.csv: the host answered 404"):
        fetch_file(file, tmp_path, source="surge", host=host.url)
    assert len(host.asked) == 1


def test_a_host_that_is_not_there_is_named(file, tmp_path):
    with pytest.raises(DownloadFailed, match=r"the host did not answer \(URLError\)"):
        fetch_file(file, tmp_path, source="surge", host="http://127.0.0.1:1")


def test_other_content_is_refused_and_leaves_nothing_behind(host, file, tmp_path):
    host.files = {path: body.replace(b"Geese", b"Ducks") for path, body in host.files.items()}
    with pytest.raises(SourceChanged, match="surge"):
        fetch_file(file, tmp_path, source="surge", host=host.url)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_never_more_than_the_files_size_is_taken(host, file, tmp_path):
    host.files = {path: body + b"x" * 1_000_000 for path, body in host.files.items()}
    assert fetch_file(file, tmp_path, source="surge", host=host.url).outcome == "fetched"
    assert (tmp_path / file.path).stat().st_size == len(BODY)


def test_a_file_cut_short_fails_with_both_sizes(host, file, tmp_path):
    host.files = {path: body[:-1] for path, body in host.files.items()}
    with pytest.raises(DownloadFailed, match=f"{len(BODY)} bytes"):
        fetch_file(file, tmp_path, source="surge", host=host.url)


def test_a_converted_file_is_told_with_how_it_was_made_and_not_asked_for(host, tmp_path):
    said = []
    results = fetch_sources(["cmv-ad-hominem"], tmp_path, say=said.append, host=host.url)
    assert [result.outcome for result in results] == ["converted"]
    assert host.asked == []
    assert said[0] == "cmv-ad-hominem: 0 fetched, 0 already there, 1 to be converted"
    assert "converted: cmv_ad_hominem/cmv_ad_hominem.jsonl" in said[1]
    assert "unpacking" in said[1]


def test_the_command_fetches_one_source_and_says_so(host, file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "SOURCES", SOURCES | {"surge": replace(SOURCES["surge"], files=(file,))})
    monkeypatch.setenv("STANCE_DATA", str(tmp_path))
    assert fetch.main(["--source", "surge", "--host", host.url]) == 0
    assert capsys.readouterr().err == "surge: 1 fetched, 0 already there\n"
    assert (tmp_path / file.path).read_bytes() == BODY


def test_the_commands_failure_is_one_line_and_an_exit_code(tmp_path, monkeypatch, capsys):
    assert fetch.main(["--source", "surge", "--to", str(tmp_path), "--host", "http://127.0.0.1:1"]) == 6
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_wants_a_folder(monkeypatch, capsys):
    monkeypatch.delenv("STANCE_DATA", raising=False)
    with pytest.raises(SystemExit):
        fetch.main(["--source", "surge"])
    assert "STANCE_DATA" in capsys.readouterr().err


def test_the_list_marks_what_is_for_evaluation_only(capsys):
    assert fetch.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SOURCES)
    assert [line.split("\t")[0] for line in lines if line.endswith("EVALUATION ONLY")] == ["ucc"]
