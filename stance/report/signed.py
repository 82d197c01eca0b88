"""Who stands with whom, where ties draw together or apart.

Whoever is against the same is drawn together. A signed graph's double cover (Zaslavsky 1982) says so in a way that
community detection can read: everybody stands in it twice, as themselves and as what they are against. A tie above 0
joins like with like, a tie below 0 each with what the other is against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FEWEST_IN_GROUP: Final = 2
_SEED: Final = 7

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """The groups of two or more, the largest being 0; who stands alone is in none.

    `fitting` in [0, 1] is the share of the ties' weight that runs as it should: above 0 within groups, below 0 between.
    `n_rings` counts independent rings of ties: without one, some parting always fits, and says nothing.
    """

    group_of: Mapping[str, int]
    fitting: float
    n_nodes: int
    n_rings: int

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return len(set(self.group_of.values()))


def part(ties: Mapping[Edge, float]) -> Parting:
    """Part all who have ties into groups; both directions of a tie are taken together. Near linear in the ties."""
    import networkx as nx

    signed = nx.Graph()
    for (one, other), weight in ties.items():
        before = signed.get_edge_data(one, other, {"weight": 0.0})["weight"]
        signed.add_edge(one, other, weight=before + weight)
    edges = [(one, other, weight) for one, other, weight in signed.edges(data="weight") if weight]
    if not edges:
        return Parting(group_of={}, fitting=0.0, n_nodes=signed.number_of_nodes(), n_rings=0)
    cover = nx.Graph()
    for one, other, weight in edges:
        cover.add_edge((one, True), (other, weight > 0), weight=abs(weight))
        cover.add_edge((one, False), (other, weight < 0), weight=abs(weight))
    found = nx.community.louvain_communities(cover, weight="weight", seed=_SEED)
    raw = {name: at for at, group in enumerate(found) for name, itself in group if itself}
    fits = sum(abs(weight) for one, other, weight in edges if (weight > 0) == (raw[one] == raw[other]))
    people = [name for name in signed if name in raw]
    sizes = Counter(raw[name] for name in people)
    # Counter keeps the order of first meeting among equals, so that names of groups do not depend on hashes.
    rank = {at: place for place, (at, n) in enumerate(sizes.most_common()) if n >= _FEWEST_IN_GROUP}
    return Parting(
        group_of={name: rank[raw[name]] for name in people if raw[name] in rank},
        fitting=fits / sum(abs(weight) for *_, weight in edges),
        n_nodes=signed.number_of_nodes(),
        n_rings=signed.number_of_edges() - signed.number_of_nodes() + nx.number_connected_components(signed),
    )


def letter(group: int) -> str:
    """Return what a group is called: A to Z, then by number."""
    return chr(ord("A") + group) if group < 26 else str(group + 1)
