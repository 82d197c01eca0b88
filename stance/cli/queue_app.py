"""`stance queue`: all its commands."""

from __future__ import annotations

from typing import Final

import typer

from stance.cli.queue import (
    decide_command,
    golden_command,
    list_command,
    load_command,
    next_command,
    reviews_command,
    undo_command,
)
from stance.cli.queue_account import export_command, purge_command, stats_command, verify_command
from stance.cli.queue_lessons import adopt_command, learn_command, report_command

queue_app: Final = typer.Typer(help="Keep a moderation queue and work through it.", no_args_is_help=True)
queue_app.command("load")(load_command)
queue_app.command("next")(next_command)
queue_app.command("decide")(decide_command)
queue_app.command("undo")(undo_command)
queue_app.command("list")(list_command)
queue_app.command("stats")(stats_command)
queue_app.command("report")(report_command)
queue_app.command("learn")(learn_command)
queue_app.command("adopt")(adopt_command)
queue_app.command("golden")(golden_command)
queue_app.command("reviews")(reviews_command)
queue_app.command("export")(export_command)
queue_app.command("verify")(verify_command)
queue_app.command("purge")(purge_command)
