"""The commands, and the one place where an error becomes a line on stderr and an exit code."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from stance import __version__
from stance.cli.analyze import actors_command, analyze_command
from stance.cli.bench import bench_command
from stance.cli.convert import convert_command
from stance.cli.evaluate import evaluate_command
from stance.cli.migrate import migrate_command
from stance.cli.queue_app import queue_app
from stance.cli.score import score_command
from stance.cli.serve import keys_app, serve_command, users_app
from stance.cli.train import train_command
from stance.cli.tree import tree_command
from stance.errors import StanceError

app = typer.Typer(
    name="stance",
    help="Read a comment thread: who answers whom, who holds what of whom, and what to read first.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("analyze")(analyze_command)
app.command("tree")(tree_command)
app.command("actors")(actors_command)
app.command("convert")(convert_command)
app.command("score")(score_command)
app.command("bench")(bench_command)
app.command("evaluate")(evaluate_command)
app.command("train")(train_command)
app.command("migrate")(migrate_command)
app.command("serve")(serve_command)
app.add_typer(users_app, name="users")
app.add_typer(keys_app, name="keys")
app.add_typer(queue_app, name="queue")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Read a comment thread: who answers whom, who holds what of whom, and what to read first."""


def main() -> None:
    """Run the command line; a `StanceError` becomes one line and an exit code.

    Typer itself turns an interrupt into exit code 130 and a closed pipe into 1, both without a traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except StanceError as error:
        typer.echo(f"stance: {error}", err=True)
        raise SystemExit(error.exit_code) from None
