"""Proof that replies form no ring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def find_ring(parent_of: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the ids of one ring of replies, or () when there is none.

    A parent that is no key of the mapping (the article) ends the walk.
    """
    return next(find_rings(parent_of), ())


def find_rings(parent_of: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Yield the ids of every ring of replies, each from a comment to the one it answers.

    Walks up from each comment once: O(n) time and no recursion, however deep the thread.
    """
    settled: set[str] = set()
    for start in parent_of:
        path: dict[str, None] = {}
        node: str | None = start
        while node is not None and node not in settled:
            if node in path:
                ids = tuple(path)
                yield ids[ids.index(node) :]
                break
            path[node] = None
            node = parent_of.get(node)
        settled.update(path)
