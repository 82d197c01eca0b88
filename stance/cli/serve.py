"""`stance serve QUEUE` and `stance users add|list|remove QUEUE`."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

QueueArgument = Annotated[str, typer.Argument(metavar="QUEUE", help="A queue's file, or a postgresql:// URL.")]
UserArgument = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]

users_app: Final = typer.Typer(help="Who may log in to the pages of a queue.", no_args_is_help=True)


class RoleOption(StrEnum):
    """What a user may do."""

    READER = "reader"
    MODERATOR = "moderator"
    ADMIN = "admin"


def serve_command(
    queue: QueueArgument,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8710,
    origin: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address that people use, behind a proxy or with a certificate."),
    ] = None,
    moderator: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who decides, where the queue has no users.", show_default="your login"),
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate, for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key.")] = None,
    verbose: Annotated[bool, typer.Option(help="Log every request on stderr: method, path, status.")] = False,
) -> None:
    """Serve a moderation queue as pages, and print the address to open."""
    from stance.queue import open_store
    from stance.serve import Serving, serve

    serving = Serving(
        host=host,
        port=port,
        origin=origin,
        moderator=moderator or login_name(),
        tls_cert=tls_cert,
        tls_key=tls_key,
        verbose=verbose,
    )
    with open_store(queue, create=False) as store:
        serve(store, serving, tell=_tell)


def _tell(address: str) -> None:
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
