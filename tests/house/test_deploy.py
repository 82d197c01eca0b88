"""What the container and the service are made of is there, and means something to those that read it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer

from stance.cli import app

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICE = (ROOT / "deploy" / "stance.service").read_text(encoding="utf-8")


def copied() -> list[str]:
    """What the image is made from."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    return [name for line in lines for name in line.split()]


def told_to_run() -> list[list[str]]:
    """The arguments that the container and the service give to `stance`."""
    image = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)[-1])
    service = re.findall(r"^ExecStart=\S+/stance (.*)$", SERVICE, flags=re.MULTILINE)[0].split()
    return [image, service]


def test_all_that_is_copied_is_there_and_is_let_through():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert [name for name in copied() if not (ROOT / name).exists() or f"!{name}" not in ignored] == []


def test_the_image_gets_all_that_the_package_is_built_from():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert needed | {*wheel["packages"], *wheel["force-include"]} <= set(copied())
    (extras,) = re.findall(r"^ARG EXTRAS=(.*)$", DOCKERFILE, flags=re.MULTILINE)
    assert set(extras.split(",")) <= project["project"]["optional-dependencies"].keys()


def test_the_container_runs_as_a_user_without_rights():
    assert re.findall(r"^USER (.*)$", DOCKERFILE, flags=re.MULTILINE) == ["stance"]


@pytest.mark.parametrize("arguments", told_to_run(), ids=["image", "service"])
def test_what_is_run_is_a_command_with_options_that_exist(arguments):
    command = typer.main.get_command(app).commands[arguments[0]]
    known = {flag for option in command.params for flag in [*option.opts, *option.secondary_opts]}
    assert {part for part in arguments if part.startswith("--")} <= known


@pytest.fixture
def analyze(tmp_path):
    """Run `systemd-analyze` on the unit, with a program that is there in the place of ours."""
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("STANCE_REQUIRE_SERVICES"):
            pytest.fail(
                "systemd-analyze is not installed (apt-get install systemd), and STANCE_REQUIRE_SERVICES is set"
            )
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    unit = tmp_path / "stance.service"
    unit.write_text(SERVICE.replace("/opt/stance/bin/stance", "/bin/true"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["systemd-analyze", *arguments, str(unit)]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    return run


def test_systemd_understands_every_line_of_the_service(analyze):
    done = analyze("verify", "--man=no")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_service_is_shut_in_as_far_as_torch_lets_it(analyze):
    # From 0 (shut in) to 10 (exposed); a service of the network that may not touch the rest comes to about 1.4.
    done = analyze("security", "--offline=true", "--no-pager", "--threshold=20")
    assert done.returncode == 0, done.stdout[-300:]
