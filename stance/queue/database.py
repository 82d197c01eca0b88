"""Opening the database: SQLite in one file, or PostgreSQL by URL; migrated, and safe for several processes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from stance.errors import MissingExtra
from stance.queue.errors import NewerQueue, NotAQueue, QueueBroken, QueueBusy, QueueDamaged, QueueUnreachable

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for the others."""
_CACHE_KIBIBYTES: Final = 64 * 1024
SCHEMAS: Final = ("v0001", "v0002", "v0003")
"""The names of all migrations, oldest first."""
NEWEST_SCHEMA: Final = SCHEMAS[-1]
_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_APPLICATION_ID: Final = 0x53544E43
"""Tells a queue's SQLite file from any other (PRAGMA application_id): "STNC"."""
_SQLITE_HEADER: Final = b"SQLite format 3\x00"
_DAMAGE: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""What SQLite's names for a file that does not hold together begin with."""


class Database:
    """An open database; `reading` and `writing` give transactions whose errors are the package's own."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        self.where = where
        self.dialect = engine.dialect.name
        self._engine = engine
        self._writer = engine.execution_options(begins="IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database (SQLite) or committed ones (PostgreSQL)."""
        with self._walled(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is committed as a whole at the end, or not at all.

        On SQLite it is the only writer from its beginning on, so that nothing read in it can be out of date.
        """
        with self._walled(), self._writer.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Write anew what rows were erased from, so that nothing erased is left in the database's files."""
        if self.dialect == "sqlite":
            self.outside("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            self.outside("VACUUM FULL texts, notes, checks, threads, items, item_actors, seen, suggestions, origins")

    def outside(self, *statements: str) -> None:
        """Run statements that no transaction may hold."""
        with self._walled(), self._engine.connect() as connection:
            if self.dialect == "sqlite":
                connection = connection.execution_options(begins=None)
            else:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                connection.exec_driver_sql(statement)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _walled(self) -> Iterator[None]:
        """Turn the driver's errors into ours; `from None`, for theirs can hold a comment's text."""
        try:
            yield
        except OperationalError as error:
            if "locked" in str(error.orig) or "busy" in str(error.orig) or "lock timeout" in str(error.orig):
                raise QueueBusy(self.where, seconds=BUSY_SECONDS) from None
            if error.connection_invalidated:
                raise QueueUnreachable(self.where) from None
            if "Could not decode" in str(error.orig):
                raise QueueDamaged(self.where) from None
            raise QueueBroken(self.where, kind=type(error.orig).__name__) from None
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorname", "").startswith(_DAMAGE):
                raise QueueDamaged(self.where) from None
            raise QueueBroken(self.where, kind=type(error.orig).__name__) from None


def open_database(where: str | Path, *, create: bool = True) -> Database:
    """Open a queue, making or migrating it where needed.

    Args:
        where: A file for SQLite, or a URL that begins with `postgresql`.
        create: Make the queue where there is none.

    Raises:
        NotAQueue: The file is something else, cannot be opened, or is not there and `create` is False.
        NewerQueue: A later version of the program made it.
        QueueDamaged: The file is SQLite's and does not hold together.
        QueueUnreachable: The server does not answer.
        QueueBusy: Another program holds it.
        MissingExtra: The driver for PostgreSQL is not installed.
    """
    if str(where).startswith("postgresql"):
        engine, name = _postgresql(str(where))
    else:
        engine, name = _sqlite(Path(where), create=create), str(where)
    database = Database(engine, where=name)
    try:
        _prepare(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


def _postgresql(address: str) -> tuple[Engine, str]:
    try:
        url = make_url(address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        name = url.render_as_string(hide_password=True)
        waits = f"-c lock_timeout={int(BUSY_SECONDS * 1000)}"
        engine = create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"options": waits, "connect_timeout": 10}
        )
    except ModuleNotFoundError:
        raise MissingExtra("a queue in PostgreSQL", "postgres") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        # The message of the library would show the password.
        raise NotAQueue(
            "the queue's URL", what="cannot be read", mend="Write postgresql://user:password@host/database."
        ) from None
    return engine, name


def _sqlite(path: Path, *, create: bool) -> Engine:
    if not path.exists():
        if not create:
            raise NotAQueue(str(path), what="not there", mend="Make it with `stance queue load` or `analyze --queue`.")
        if not path.parent.is_dir():
            raise NotAQueue(str(path), what="its folder is not there", mend="Give a file in a folder that is.")
    elif not path.is_file():
        raise NotAQueue(str(path), what="not a file", mend="Give the file of a queue, or a new name.")
    engine = create_engine(f"sqlite:///{path.absolute()}", hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def _tune(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:  # noqa: ARG001 - the event gives both
    # The driver's own way of beginning transactions takes the lock late; `_begin` does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    # A decision that was acknowledged must be on the disk.
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("begins", "DEFERRED")
    if kind is not None:
        connection.exec_driver_sql(f"BEGIN {kind}")


def _prepare(database: Database, *, create: bool) -> None:
    """Prove that the database is a queue of this version, or make it one."""
    found, empty = _look(database)
    if found == NEWEST_SCHEMA:
        return
    if found is None and not empty:
        raise NotAQueue(database.where, what="a database, but no queue", mend="Give another name.")
    if found is None and not create:
        raise NotAQueue(database.where, what="an empty database", mend="Load a thread into it first.")
    if found is not None and found not in SCHEMAS:
        if re.fullmatch(r"v[0-9]{4}", found) and found > NEWEST_SCHEMA:
            raise NewerQueue(database.where, found=found, known=NEWEST_SCHEMA)
        what = f"has the schema {found[:40]!a}, which no version of this program made"
        raise NotAQueue(database.where, what=what, mend="Restore a backup, or give another name.")
    _migrate(database)


def _look(database: Database) -> tuple[str | None, bool]:
    """Return the name of the schema, None where there is none, and whether there is no table at all."""
    try:
        with database.reading() as connection:
            found = _schema(connection)
            return found, found is None and not inspect(connection).get_table_names()
    except QueueDamaged:
        if _is_sqlite(Path(database.where)):
            raise
        raise NotAQueue(database.where, what="not an SQLite file", mend="Give another name.") from None
    except QueueBroken:
        if database.dialect == "sqlite":
            raise NotAQueue(
                database.where, what="cannot be opened", mend="Check that you may write it and its folder."
            ) from None
        raise QueueUnreachable(database.where) from None


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def _schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("stance_schema"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM stance_schema")).scalar()
    return found


def _migrate(database: Database) -> None:
    """Run the migrations that are missing; of several programs that open a new queue at once, one does."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS)])
    if database.dialect == "sqlite":
        database.outside("PRAGMA journal_mode = WAL", f"PRAGMA application_id = {_APPLICATION_ID}")
    with database.writing() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_APPLICATION_ID})"))
        if _schema(connection) == NEWEST_SCHEMA:
            return
        environment = EnvironmentContext(
            Config(),
            scripts,
            fn=lambda revision, _: scripts._upgrade_revs("head", revision),  # noqa: SLF001 - as alembic.command does
            destination_rev="head",
        )
        with environment:
            environment.configure(connection=connection, version_table="stance_schema", target_metadata=None)
            environment.run_migrations()
