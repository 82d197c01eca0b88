"""Every command of the papers is run as it stands, or named below with the reason why it is not.

docs/start.md is walked by test_start.py. A page's commands run one after the other in a folder that holds small files
of the names that the page uses; what stands for somebody's own (PAGE, a site) is swapped for something that is there.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from made_exports import make_exports
from made_files import (
    Made,
    answered,
    both_answered,
    certificate,
    coral_settings,
    decide_most,
    eighty_comments,
    example,
    exports,
    from_label_studio,
    from_prodigy,
    hold_17,
    labelled,
    mine,
    node_client,
    page_txt,
    perspective_scores,
    policy,
    queue,
    seed,
    study,
)

from stance.cli import app

ROOT = Path(__file__).parent.parent.parent
PAPERS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("seeds/*.md"), *ROOT.glob("models/default/*.md")]
FENCES = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)
LANGUAGES = {"bash", "python", "json", "toml", "yaml", "text", "js", "graphql"}
WALKED = "docs/start.md"

NETWORK, INSTALL = "asks the network", "installs from an index"
CONTAINER, CLUSTER = "needs Docker", "needs a cluster; tests/batch/test_ray.py begins one"
ROOT_ONLY, HOURS = "changes the machine, as root", "trains for minutes or hours; tests/train trains small"
CHECKS, MINUTE = "runs the tests, of which this is one", "measures for a minute; tests/bench measures less"
BOUGHT, WALK = "a program that is bought", "test_start.py walks this page"

NOT_RUN: dict[str, dict[str, str]] = {
    "README.md": {"git clone REPOSITORY stance && cd stance": NETWORK},
    "CONTRIBUTING.md": {"scripts/check": CHECKS, "scripts/check -k thread": CHECKS, "bash .ci/run": CHECKS},
    "docs/batch.md": {"pip install 'stance[onnx]'": INSTALL},
    "docs/cluster.md": {
        "pip install 'stance[ray]'": INSTALL,
        "stance score 'exports/*.jsonl' --out scored --engine ray --workers 4": CLUSTER,
        "ray start --head --port 6379 --disable-usage-stats --include-dashboard=false": CLUSTER,
        "ray start --address FIRST:6379 --disable-usage-stats": CLUSTER,
        "RAY_ADDRESS=FIRST:6379 stance score '/shared/exports/*.jsonl' --out /shared/scored "
        "--engine ray --workers 64": CLUSTER,
    },
    "docs/formats.md": {
        "curl 'https://forum.example/t/ID.json?print=true' > topic.json": NETWORK,
        "curl https://hn.algolia.com/api/v1/items/ID > item.json": NETWORK,
        "yt-dlp --skip-download --write-comments --write-info-json -o video URL": NETWORK,
        'curl "https://SITE/wp-json/wp/v2/comments?post=12&per_page=100&order=asc&_embed&page=1" '
        ">> comments.json": NETWORK,
    },
    "docs/labelling.md": {
        "stance train own --labels stance=labels.jsonl --out models/mine": HOURS,
        "prodigy mark russia tasks.jsonl --view-id choice": BOUGHT,
        "prodigy db-out russia > answers.jsonl": BOUGHT,
    },
    "docs/own_model.md": {
        "stance train own --labels stance=mine.jsonl --out models/mine": HOURS,
        "stance train own --labels stance=mine.jsonl --backbone FOLDER --out models/mine": HOURS,
        "stance train full --backbone FOLDER --out models/mine": HOURS,
    },
    "docs/performance.md": {"stance bench": MINUTE},
    "docs/perspective.md": {"echo '127.0.0.1 commentanalyzer.googleapis.com' | sudo tee -a /etc/hosts": ROOT_ONLY},
    "docs/serve.md": {
        "docker build -t stance .": CONTAINER,
        "docker volume create stance": CONTAINER,
        "docker run --rm -v stance:/data stance keys add /data/queue.db forum": CONTAINER,
        "docker run -d --name stance -p 8710:8710 -v stance:/data --read-only --tmpfs /tmp stance": CONTAINER,
        "docker run -d -p 127.0.0.1:8710:8710 stance serve --host 0.0.0.0 --open": CONTAINER,
        "sudo systemd-run --pipe --wait -p DynamicUser=yes -p User=stance -p StateDirectory=stance "
        "/opt/stance/bin/stance keys add /var/lib/stance/queue.db forum": ROOT_ONLY,
    },
    "docs/training.md": {
        "pip install -c constraints.txt -e '.[train]'": INSTALL,
        "scripts/get_data --to data": NETWORK,
        "STANCE_DATA=data stance train full --out models/mine": HOURS,
        "stance train full --data data --pack away": HOURS,
        "stance train full --packed away --out models/mine --device cuda": HOURS,
        "stance train full --data data --from away/base --out models/mine": HOURS,
    },
}

COMPILED = {
    "docs/cluster.md": "needs Spark; tests/batch/test_ray.py runs it against Spark's calls",
    "docs/perspective.md": "needs a server of Google's shape; tests/protocols/test_guide.py runs it",
    "docs/protocols.md": "needs OpenAI's client and a server; tests/protocols/test_protocols_paper.py runs it",
}


@dataclass(frozen=True)
class Setting:
    """What a page's commands find: files made first, and what stands for the page's placeholders.

    `before` names files that are made when a command that begins so is reached.
    """

    made: tuple[Made, ...] = ()
    swaps: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Made] = field(default_factory=dict)
    server: str = ""


def words_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> Iterator[str]:
    """The commands of a page: continued lines as one, comments left out, `a && b` as two where b is run alone."""
    for _, language, block in FENCES.findall(words_of(page)):
        if language == "bash":
            yield from split(block)


def split(block: str) -> Iterator[str]:
    held = ""
    for line in block.splitlines():
        held = f"{held[:-1].rstrip()} {line.strip()}" if held.endswith("\\") else f"{held}\n{line}".strip()
        bare = re.sub(r"(?:^|\s)#.*$", "", held).strip()
        if held.endswith("\\") or not closed(bare):
            continue
        if bare:
            yield bare
        held = ""
    assert held == "", f"never ends: {held}"


def closed(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True


def parts(page: Path) -> Iterator[str]:
    """What is run or listed: a command as a whole where it is listed so, else its parts."""
    listed = NOT_RUN.get(name_of(page), {})
    for command in commands(page):
        yield from [command] if command in listed else command.split(" && ")


PASSWORD = "echo 'a password of many words' | stance users add --password-stdin queue.db"
SETTINGS: dict[str, Setting] = {
    "README.md": Setting(
        (seed, perspective_scores, labelled("labels.jsonl")), {"scripts/stance": "stance", "FILE": "labels.jsonl"}
    ),
    "seeds/README.md": Setting((seed,)),
    "docs/batch.md": Setting((exports,), {"--out scored --int8": "--out scored8 --int8"}),
    "docs/coral.md": Setting((coral_settings, queue)),
    "docs/decides.md": Setting((example, policy)),
    "docs/formats.md": Setting((make_exports,)),
    "docs/labelling.md": Setting(
        (exports, mine),
        before={
            "stance evaluate": answered,
            "stance labels import project": from_label_studio,
            "stance labels import answers": from_prodigy,
        },
    ),
    "docs/own_model.md": Setting((labelled("mine.jsonl", "other.jsonl"), mine, page_txt), {"PAGE": "page.txt"}),
    "docs/perspective.md": Setting(
        (perspective_scores, node_client),
        {"sudo ": "", "--port 443": "--port 8710", ":443:127.0.0.1:443": ":443:127.0.0.1:8710"},
    ),
    "docs/protocols.md": Setting(server="stance serve"),
    "docs/queue.md": Setting(
        (eighty_comments,), before={"stance queue decide": hold_17, "stance queue report": decide_most}
    ),
    "docs/research.md": Setting(
        (exports,),
        {"--n 150": "--n 12"},
        {"stance estimate scored --labels": answered, "stance agreement": both_answered},
    ),
    "docs/report.md": Setting((seed, exports)),
    "docs/serve.md": Setting(
        (seed, certificate),
        {
            "stance users add queue.db anna --role admin": f"{PASSWORD} --role admin anna",
            "stance users add queue.db bo": f"{PASSWORD} bo",
        },
    ),
    "docs/training.md": Setting((mine, page_txt), {"PAGE": "page.txt"}),
}

SHOWN = {name_of(page): page for page in PAPERS}
RUN = sorted(name for name in SHOWN if name != WALKED and set(parts(SHOWN[name])) - NOT_RUN.get(name, {}).keys())


@pytest.mark.slow
@pytest.mark.gold
@pytest.mark.parametrize("name", RUN)
def test_every_command_of_a_page_ends_well(shell, tmp_path, name):
    setting = SETTINGS.get(name, Setting())
    for make in setting.made:
        make(tmp_path)
    running = shell(setting.swaps)
    if setting.server:
        running.serve(setting.server)
    for part in parts(SHOWN[name]):
        for beginning, make in setting.before.items():
            if part.startswith(beginning):
                make(tmp_path)
        if part not in NOT_RUN.get(name, {}):
            running.run(part)
    running.end()


def test_what_is_not_run_is_on_its_page_and_has_a_reason():
    gone = [(name, part) for name, listed in NOT_RUN.items() for part in listed if part not in set(parts(SHOWN[name]))]
    assert gone == []
    assert all(reason for listed in NOT_RUN.values() for reason in listed.values())


def test_every_setting_is_of_a_page_whose_commands_are_run():
    assert SETTINGS.keys() - set(RUN) == set()


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_no_command_hides_from_the_tests(name):
    page = words_of(SHOWN[name])
    assert {language for _, language, _ in FENCES.findall(page)} <= LANGUAGES
    bare = FENCES.sub("", page)
    assert "```" not in bare
    assert re.findall(r"\n\n {4,}(?:stance|curl|pip|docker|python|sudo) .*", bare) == []


def parse(words: list[str]) -> None:
    """Have the command line's own parser read a command, without running anything."""
    found = typer.main.get_command(app)
    context = found.make_context("stance", ["--help"], resilient_parsing=True)
    while hasattr(found, "commands"):
        assert words[0] in found.commands, words
        found = found.commands[words[0]]
        context = found.make_context(words[0], [], parent=context, resilient_parsing=True)
        words = words[1:]
    context.resilient_parsing = False
    found.make_parser(context).parse_args(args=list(words))


UNRUN = [part for listed in NOT_RUN.values() for part in listed if re.search(r"(?:^|=\S+ )stance ", part)]


@pytest.mark.parametrize("part", UNRUN)
def test_what_is_not_run_has_options_that_exist(part):
    parse(shlex.split(re.sub(r"^.*?\bstance ", "", part, count=1)))


def test_an_option_that_does_not_exist_is_seen():
    with pytest.raises(Exception, match="--beech"):
        parse(["bench", "--beech"])


PYTHON = [
    (name, block)
    for name, page in SHOWN.items()
    for _, kind, block in FENCES.findall(words_of(page))
    if kind == "python"
]
CALLED = [(name, block) for name, block in PYTHON if name not in COMPILED]


@pytest.mark.slow
@pytest.mark.gold
@pytest.mark.parametrize("name", sorted({name for name, _ in CALLED}))
def test_the_python_of_a_page_runs(shell, tmp_path, name):
    for make in (seed, exports, example, eighty_comments):
        make(tmp_path)
    running = shell({})
    if name == "docs/batch.md":
        running.run("stance score 'exports/*.jsonl' --out scored")
    if name == "docs/research.md":
        shutil.rmtree(tmp_path / "exports")
        shutil.rmtree(tmp_path / "corpora")
        study(tmp_path)
    if name == "docs/queue.md":
        running.run("stance queue load queue.db page.html")
    known: dict[str, object] = {}
    for page, block in CALLED:
        if page == name:
            exec(compile(block.replace("    ...", "    break"), name, "exec"), known)


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_the_python_that_needs_more_than_this_compiles(name):
    blocks = [block for page, block in PYTHON if page == name]
    assert blocks
    for block in blocks:
        compile(block, name, "exec")
