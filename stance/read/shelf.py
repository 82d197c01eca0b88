"""A dictionary on disk: what must be looked up while an export streams by, and would not fit into memory."""

from __future__ import annotations

import json

from stance.read.scratch import Scratch


class Shelf(Scratch):
    """Strings to what JSON can hold, in a temporary database."""

    tables = "CREATE TABLE item (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID"

    def put(self, key: str, value: object) -> bool:
        """Keep a value; the first of a key stays. Return whether this was the first."""
        with self._told():
            done = self._base.execute("INSERT OR IGNORE INTO item VALUES (?, ?)", (_bytes(key), json.dumps(value)))
        return done.rowcount > 0

    def get(self, key: str) -> object:
        """Return what is kept under a key, None where nothing is."""
        found = self._base.execute("SELECT value FROM item WHERE key = ?", (_bytes(key),)).fetchone()
        return json.loads(found[0]) if found else None

    def free(self, name: str) -> str:
        """Return a name that was not given out before: `name` itself, or `name~2`, `name~3`, and take it."""
        last = 1
        if self.put(name, last):
            return name
        if isinstance(kept := self.get(name), int):
            last = kept
        while True:
            last += 1
            if self.put(f"{name}~{last}", 1):
                # Where the next one goes on: a name used very often would else be counted up from 2 each time.
                with self._told():
                    self._base.execute("UPDATE item SET value = ? WHERE key = ?", (json.dumps(last), _bytes(name)))
                return f"{name}~{last}"


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
