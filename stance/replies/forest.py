"""Boosted trees, scored by striking out leaves: no tree is walked node by node, and scoring needs no scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_LEAVES: Final = 64
"""Leaves of one tree: as many as a machine word has bits."""
_ROWS = 256  # rows scored at once: their words stay in cache

_Word = np.uint32 | np.uint64


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Regression trees as flat arrays, all trees one after the other.

    A node sends a row to `left` where its `feature` is at most `threshold` (or is NaN and `missing_left`), else to
    `right`. A leaf is its own child. `roots` are the first nodes; `depth` is that of the deepest leaf.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    baseline: float
    depth: int

    def logits(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the trees' values.

        Args:
            rows: (rows, features), float64, NaN where unknown.

        Returns:
            (rows,), float64.

        Raises:
            ValueError: The nodes do not make trees of at most `MOST_LEAVES` leaves.
        """
        sieve = self.sieve
        parts = [self.baseline + sieve.sums(rows[start : start + _ROWS]) for start in range(0, len(rows), _ROWS)]
        return np.concatenate(parts) if parts else np.empty(0)

    @cached_property
    def sieve(self) -> Sieve:
        """The trees, laid out for scoring.

        Raises:
            ValueError: The nodes do not make trees of at most `MOST_LEAVES` leaves.
        """
        trees = [_walk(self, int(root)) for root in self.roots]
        most = max((len(leaves) for leaves, _ in trees), default=1)
        word: type[_Word] = np.uint32 if most <= 32 else np.uint64
        every = word(np.iinfo(word).max)
        inner = [node for _, spans in trees for node in spans]
        edges = {
            column: np.unique([self.threshold[node] for node in inner if self.feature[node] == column])
            for column in sorted({int(self.feature[node]) for node in inner})
        }
        left = {column: np.full((len(at) + 2, len(trees)), every) for column, at in edges.items()}
        values = np.zeros((len(trees), most))
        for tree, (leaves, spans) in enumerate(trees):
            values[tree, : len(leaves)] = self.value[leaves]
            for node, (begin, end) in spans.items():
                column = int(self.feature[node])
                struck = every ^ word((1 << end) - (1 << begin))
                place = int(np.searchsorted(edges[column], self.threshold[node]))
                left[column][place + 1 : -1, tree] &= struck
                if not self.missing_left[node]:
                    left[column][-1, tree] &= struck
        return Sieve(edges=edges, left=left, values=values, every=every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What each value of each feature leaves of every tree's leaves (QuickScorer, Lucchese et al., SIGIR 2015).

    A node whose test fails strikes out the leaves on its left; of those that no node strikes out, the first is where
    the row ends. `left[f][b]` (trees,) has a bit for each leaf left by the nodes that ask for feature f: b is how many
    of the thresholds `edges[f]` lie below the value, the last row is for NaN. `values` is (trees, leaves).
    """

    edges: dict[int, NDArray[np.float64]]
    left: dict[int, NDArray[_Word]]
    values: NDArray[np.float64]
    every: _Word

    def sums(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum the values of the leaves where each row ends, (rows,)."""
        n_trees, n_leaves = self.values.shape
        left = np.full((len(rows), n_trees), self.every)
        kept = np.empty_like(left)
        for column, edges in self.edges.items():
            seen = rows[:, column]
            places = np.where(np.isnan(seen), len(edges) + 1, np.searchsorted(edges, seen))
            np.take(self.left[column], places, axis=0, out=kept, mode="clip")
            left &= kept
        # The bits below the lowest one that is left, counted, are the number of its leaf.
        leaf = np.bitwise_count(~left & (left - left.dtype.type(1)))
        ends = leaf + np.arange(0, n_trees * n_leaves, n_leaves)
        sums: NDArray[np.float64] = self.values.ravel().take(ends).sum(axis=1)
        return sums


def _walk(forest: Forest, root: int) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Return a tree's leaves from left to right, and for each inner node which of them, from where to where, lie left.

    Raises:
        ValueError: There are more than `MOST_LEAVES`, or a node stands in two places.
    """
    leaves: list[int] = []
    spans: dict[int, tuple[int, int]] = {}
    begun: dict[int, int] = {}
    waiting = [(root, True)]
    while waiting:
        node, new = waiting.pop()
        left, right = int(forest.left[node]), int(forest.right[node])
        if left == right == node:
            leaves.append(node)
        elif not new:
            spans[node] = (begun[node], len(leaves))
            waiting.append((right, True))
        elif node in begun:
            raise ValueError(f"node {node}: stands in two places, want a tree")
        else:
            begun[node] = len(leaves)
            waiting += [(node, False), (left, True)]
        if len(leaves) > MOST_LEAVES:
            raise ValueError(f"tree at node {root}: more than {MOST_LEAVES} leaves")
    return leaves, spans
