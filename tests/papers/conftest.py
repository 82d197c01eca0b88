"""The commands of the papers, the small files that they name, and a shell to run them in."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from stance.cli import main

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(Path(__file__).parent))  # where tests find `made_exports` and `made_files`
SERVERS = ("serve", "label")
SHELL = re.compile(r"[|<>;$`]|^\w+=|^(?!stance )")


class Shell:
    """Runs the commands of one page in one folder, one after the other.

    What `stance` alone does happens in this process, so that torch is imported once; whatever needs a shell gets one,
    with a program `stance` that is this checkout. A server is left running until the next one, or the end.

    Args:
        folder: Where the commands run.
        swaps: What stands in the page, and what stands for it here.
    """

    def __init__(self, folder: Path, swaps: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capfd) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
        self._swaps = {"127.0.0.1:8710": f"127.0.0.1:{self.port}", **swaps}
        self._patch = monkeypatch
        self._capfd = capfd
        self._server: subprocess.Popen[str] | None = None
        self._reading: threading.Thread | None = None
        programs = folder / ".programs"
        programs.mkdir()
        (programs / "stance").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stance "$@"\n')
        (programs / "stance").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        monkeypatch.chdir(folder)

    def run(self, line: str) -> str:
        """Run a line as it stands in the page, and return what it printed; it has to end well."""
        said = ""
        for part in self.swapped(line).split(" && "):
            if re.search(rf"(?:^|\s)stance (?:{'|'.join(SERVERS)})\b", part):
                said = self.serve(part)
            elif SHELL.search(part):
                said = self._in_shell(part)
            else:
                said = self._here(shlex.split(part))
        return said

    def swapped(self, line: str) -> str:
        """The line with the placeholders of the page filled."""
        for shown, here in self._swaps.items():
            line = line.replace(shown, here)
        return line

    def _here(self, words: list[str]) -> str:
        self._capfd.readouterr()
        self._patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capfd.readouterr()
        assert ended.value.code in (0, None), f"{shlex.join(words)}: {said.err[-600:]}"
        return said.out

    def _in_shell(self, part: str) -> str:
        done = subprocess.run(["bash", "-c", part], capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{part}: {done.stderr[-600:]}"
        return done.stdout

    def serve(self, part: str) -> str:
        """Begin a server, wait until it tells that it serves, and return what it told."""
        self.end()
        if "--port" not in part:
            part = f"{part} --port {self.port}"
        self._server = subprocess.Popen(
            ["bash", "-c", part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        told: list[str] = []
        self._reading = threading.Thread(target=self._listen, args=(self._server, told), daemon=True)
        self._reading.start()
        ends = time.monotonic() + 120
        last = "What else is spoken" if " label " not in part else "http"
        while not any(last in line for line in told) and not ("--no-protocols" in part and told):
            assert time.monotonic() < ends, f"{part}: {told}"
            assert self._server.poll() is None, f"{part}: {told}"
            time.sleep(0.05)
        return "".join(told)

    @staticmethod
    def _listen(server: subprocess.Popen[str], told: list[str]) -> None:
        assert server.stdout is not None
        told.extend(iter(server.stdout.readline, ""))

    def end(self) -> None:
        """End the server that runs, as Ctrl-C does; it has to end well."""
        if self._server is None:
            return
        server, self._server = self._server, None
        assert server.stdout is not None
        assert self._reading is not None
        try:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGINT)
            code = server.wait(timeout=30)
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            self._reading.join()
            server.stdout.close()
        assert code in (0, 130, -signal.SIGINT)


@pytest.fixture
def shell(tmp_path, monkeypatch, capfd) -> Iterator[Callable[[Mapping[str, str]], Shell]]:
    """`shell(swaps)` gives a shell in a folder of its own."""
    begun: list[Shell] = []

    def begin(swaps: Mapping[str, str]) -> Shell:
        begun.append(Shell(tmp_path, swaps, monkeypatch, capfd))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()
