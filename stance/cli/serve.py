"""`stance serve [QUEUE]`, `stance users add|list|remove QUEUE` and `stance keys add|list|remove QUEUE`."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from stance.cli.analyze import ModelOption, PolicyOption

QueueArgument = Annotated[str, typer.Argument(metavar="QUEUE", help="A queue's file, or a postgresql:// URL.")]
UserArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]

keys_app: Final = typer.Typer(help="Which programs may ask a server for scores.", no_args_is_help=True)
users_app: Final = typer.Typer(help="Who may log in to the pages of a queue.", no_args_is_help=True)


class RoleOption(StrEnum):
    """What a user may do."""

    READER = "reader"
    MODERATOR = "moderator"
    ADMIN = "admin"


ServedQueueArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[QUEUE]",
        help="A queue's file, or a postgresql:// URL; without it nothing is kept.",
        show_default=False,
    ),
]
OriginOption = Annotated[
    str | None, typer.Option(metavar="URL", help="The address that people use, behind a proxy or with a certificate.")
]
ModeratorOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who decides, where the queue has no users.", show_default="your login"),
]
Int8Option = Annotated[
    bool, typer.Option("--int8", help="Eight bits: faster on a CPU, a little less exact. Needs 'stance[onnx]'.")
]

CoralOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Answer Coral's moderation phase, with the settings of this file.")
]


def serve_command(
    queue: ServedQueueArgument = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8710,
    origin: OriginOption = None,
    moderator: ModeratorOption = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate, for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key.")] = None,
    pages: Annotated[bool, typer.Option(help="Show the queue to moderators.")] = True,
    protocols: Annotated[bool, typer.Option(help="Score for programs, as Perspective and others did.")] = True,
    open_to_all: Annotated[bool, typer.Option("--open", help="Score for other machines without an API key.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=256, help="Processes that score, sharing the cores; needs --no-pages.")
    ] = 1,
    model: ModelOption = None,
    policy: PolicyOption = None,
    int8: Int8Option = False,
    coral: CoralOption = None,
    verbose: Annotated[bool, typer.Option(help="Log every request on stderr: method, path, status.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="The same as JSON, an object a line.")] = False,
) -> None:
    """Show a moderation queue as pages, and score comments for programs; print the addresses."""
    from stance.serve import Serving, serve

    if not pages and not protocols:
        raise typer.BadParameter("--no-pages and --no-protocols leave nothing to serve.")
    if queue is None and not protocols:
        raise typer.BadParameter("--no-protocols needs a queue to show.")
    if coral is not None and not protocols:
        raise typer.BadParameter("--coral and --no-protocols exclude each other.")
    serve(
        Serving(
            queue=queue,
            host=host,
            port=port,
            origin=origin,
            moderator=moderator or login_name(),
            tls_cert=tls_cert,
            tls_key=tls_key,
            pages=pages,
            protocols=protocols,
            open_to_all=open_to_all,
            workers=workers,
            model=model,
            policy=policy,
            int8=int8,
            coral=coral,
            verbose=verbose,
            log_json=log_json,
        ),
        tell=_tell,
    )


def _tell(what: str, address: str) -> None:
    if what == "protocols":
        typer.echo(
            f"For Perspective's clients, in place of https://commentanalyzer.googleapis.com: {address}", err=True
        )
        typer.echo(f"What else is spoken: {address}/docs   Ctrl-C ends it.", err=True)
        return
    typer.echo("Serving until interrupted (Ctrl-C). Open:", err=True)
    typer.echo(address)
    sys.stdout.flush()


def login_name() -> str:
    """Return the name under which the person at this machine is logged in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list, as in some containers
        return "moderator"


@users_app.command("add")
def add_user_command(
    queue: QueueArgument,
    name: UserArgument,
    *,
    role: Annotated[
        RoleOption, typer.Option(help="Read only; decide as well; or rule on what was escalated, too.")
    ] = RoleOption.MODERATOR,
    password_stdin: Annotated[bool, typer.Option(help="Read the password's line from standard input.")] = False,
) -> None:
    """Add a user; the password is asked for twice."""
    from stance.queue import Role, open_store
    from stance.serve import hash_password

    with open_store(queue, create=False) as store:
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        store.users.add(name, role=Role(role.value), password_hash=hash_password(password))
    typer.echo(f"{name} may log in as {role.value}.", err=True)


@users_app.command("list")
def list_users_command(queue: QueueArgument) -> None:
    """Print each user's name, role and date, tabs between."""
    from stance.queue import open_store

    with open_store(queue, create=False) as store:
        for user in store.users.all():
            typer.echo(f"{user.name}\t{user.role.value}\t{user.created_at:%Y-%m-%d}")


@users_app.command("remove")
def remove_user_command(queue: QueueArgument, name: UserArgument) -> None:
    """Remove a user, ending every session; what they decided stays."""
    from stance.queue import open_store

    with open_store(queue, create=False) as store:
        store.users.remove(name)
    typer.echo(f"{name} may not log in any more.", err=True)


@keys_app.command("add")
def add_key_command(
    queue: QueueArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The key's name: which program, or whose.")],
    *,
    per_minute: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Requests that it may make in a minute.", show_default="any")
    ] = None,
) -> None:
    """Make an API key and print its secret, once: nothing can show it again."""
    from stance.queue import open_store

    with open_store(queue) as store:
        typer.echo(store.keys.add(name, per_minute=per_minute))


@keys_app.command("list")
def list_keys_command(queue: QueueArgument) -> None:
    """Print each key's name, requests a minute and date, tabs between."""
    from stance.queue import open_store

    with open_store(queue, create=False) as store:
        for key in store.keys.all():
            typer.echo(f"{key.name}\t{key.per_minute or 'any'}\t{key.created_at:%Y-%m-%d}")


@keys_app.command("remove")
def remove_key_command(
    queue: QueueArgument, name: Annotated[str, typer.Argument(metavar="NAME", help="The key's name.")]
) -> None:
    """Remove an API key; servers let it in for a few seconds more."""
    from stance.queue import open_store

    with open_store(queue, create=False) as store:
        store.keys.remove(name)
    typer.echo(f"{name} may not ask any more.", err=True)
