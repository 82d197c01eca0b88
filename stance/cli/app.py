"""The commands, and the one place where an error becomes a line on stderr and an exit code."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from stance import __version__
from stance.cli.agreement import agreement_command
from stance.cli.analyze import actors_command, analyze_command
from stance.cli.bench import bench_command
from stance.cli.convert import convert_command
from stance.cli.estimate import estimate_command
from stance.cli.evaluate import evaluate_command
from stance.cli.label import label_command
from stance.cli.labels import labels_app
from stance.cli.migrate import migrate_command
from stance.cli.queue_app import queue_app
from stance.cli.report import report_command
from stance.cli.sample import sample_command
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
# What `--help` lists, by who asks: panels stand in the order of their first commands.
_THREADS = "Read a thread"
_MANY = "Score many"
_STUDY = "Study"
_MODERATE = "Moderate"
_MODEL = "Models"
app.command("analyze", rich_help_panel=_THREADS)(analyze_command)
app.command("report", rich_help_panel=_THREADS)(report_command)
app.command("tree", rich_help_panel=_THREADS)(tree_command)
app.command("actors", rich_help_panel=_THREADS)(actors_command)
app.command("convert", rich_help_panel=_THREADS)(convert_command)
app.add_typer(queue_app, name="queue", rich_help_panel=_MODERATE)
app.command("serve", rich_help_panel=_MODERATE)(serve_command)
app.add_typer(users_app, name="users", rich_help_panel=_MODERATE)
app.add_typer(keys_app, name="keys", rich_help_panel=_MODERATE)
app.command("migrate", rich_help_panel=_MODERATE)(migrate_command)
app.command("score", rich_help_panel=_MANY)(score_command)
app.command("bench", rich_help_panel=_MANY)(bench_command)
app.command("sample", rich_help_panel=_STUDY)(sample_command)
app.command("label", rich_help_panel=_STUDY)(label_command)
app.add_typer(labels_app, name="labels", rich_help_panel=_STUDY)
app.command("agreement", rich_help_panel=_STUDY)(agreement_command)
app.command("estimate", rich_help_panel=_STUDY)(estimate_command)
app.command("evaluate", rich_help_panel=_MODEL)(evaluate_command)
app.command("train", rich_help_panel=_MODEL)(train_command)


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
