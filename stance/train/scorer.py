"""Forum threads in, a reply scorer out.

Only replies that quote are honest gold (a forum's default reply button says nothing of whom a writer answers), so the
scorer is taught on them with the quoted words taken out. Each thread is shown several times in different dress, so
that one scorer serves pages with and without an article, authors, times and quotations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier

from stance.records import ARTICLE, Article, Comment, Order, Reading, Thread
from stance.replies import Board, Forest, Measured, ReplyScorer, SecondLook, Talk, measure_thread, softmax_by_group
from stance.thread import find_quotes

if TYPE_CHECKING:
    from stance.train.load_threads import ForumPost, ForumThread

Read = Callable[[Sequence[str]], list[Reading]]

_FOLDS = 3
_ARTICLE_CHARACTERS = 2000  # as much as the core reads of an article
_SHOWINGS = 3
_TO_ARTICLE = 0.25
"""Weight of a post that quotes nobody and answers the opening post, shown as an answer to the article.

The forum's default reply is to the previous post, so whoever answers the opening post chose to. Without these, no
comment that speaks of the article alone would ever be seen in training; on a blog they are half of all. On held-out
posts that quote, with neither quotations nor authors shown, they cost accuracy: 0.55 without, 0.49 at weight 0.5."""
_CALLS = 0.1
"""Share of posts given a call by name ("@name", "name,") where authors are shown: the corpus's own names are taken
out, and a page's are not. One call in ten is of somebody else than the parent's author, so that none is blindly
believed."""
_CALL_FORMS = ("@{} ", "{}, ", "{}: ", "@{}: ", "Sorry {}, but ", "Thanks {}. ")
_TREES = {
    "max_iter": 200,
    "learning_rate": 0.08,
    "max_leaf_nodes": 24,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """How a forum thread is shown: whether its opening post is the article, and what the page tells of its comments.

    `titled` gives a thread without an article's text its title at least. `calls_seed` decides which posts call whom.
    """

    as_article: bool
    titled: bool = False
    authors: bool
    times: bool
    quotations: bool
    calls_seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Measured gold links: `gold[i]` is the row, within comment i's run, of its parent, -1 where no candidate is it."""

    rows: NDArray[np.float64]
    starts: NDArray[np.int64]
    gold: NDArray[np.int64]
    weight: NDArray[np.float64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many candidates each comment has."""
        return np.diff(np.append(self.starts, len(self.rows)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A forum thread in one dress, all its comments measured.

    `gold` and `weight` have one element a comment, as in `Sample`; the weight is 0 where the parent is not known.
    """

    board: Board
    measured: Measured
    gold: NDArray[np.int64]
    weight: NDArray[np.float64]

    def sample(self, rows: NDArray[np.float64] | None = None) -> Sample:
        """Return the comments whose parents are known, with other rows than those of the first look where given."""
        sizes = np.array([len(found) for found in self.measured.candidates], dtype=np.int64)
        known = self.weight > 0
        return Sample(
            rows=(self.measured.rows if rows is None else rows)[np.repeat(known, sizes)],
            starts=np.cumsum([0, *sizes[known]])[:-1],
            gold=self.gold[known],
            weight=self.weight[known],
        )

    def look_again(self, forest: Forest, temperature: float) -> Sample:
        """Return the sample for the second look, after a first one with these trees."""
        rows, starts = self.measured.rows, self.measured.starts
        shares = softmax_by_group(forest.logits(rows) / temperature, starts)
        entries = range(1, self.board.n)
        told = Talk(self.board).measure(entries, self.measured.candidates, shares, starts)
        return self.sample(np.hstack([rows, told]))


def train_scorer(threads: Sequence[ForumThread], *, read: Read, seed: int) -> ReplyScorer:
    """Train a reply scorer on the training threads; development threads are left alone.

    Trees are fitted candidate by candidate (is this the parent?), then their logits are made a distribution over each
    comment's candidates, at a temperature fitted on logits of trees that had not seen the thread. The second look
    learns from first looks by such trees too.
    """
    rng = np.random.default_rng(seed)
    training = sorted((thread for thread in threads if thread.split == "train"), key=lambda thread: thread.id)
    fold_of = rng.permutation(len(training)) % _FOLDS
    parts: list[list[Shown]] = [[] for _ in range(_FOLDS)]
    for showing in range(_SHOWINGS):
        for fold, thread in zip(fold_of.tolist(), training, strict=True):
            parts[fold].append(measure_forum(thread, _draw_dress(rng, showing), read=read))
    folds = [fold for fold in parts if fold]
    samples = [join([shown.sample() for shown in fold]) for fold in folds]
    whole = join(samples)
    forest = fit_forest(whole, seed=seed)
    notes = {"training_threads": str(len(training)), "training_links": str(len(whole.starts))}
    if len(folds) == 1:
        return ReplyScorer(forest=forest, temperature=1.0, notes=notes)
    unseen = _unseen_forests(samples, seed=seed)
    temperature = _cross_fitted(unseen, samples)
    again = [
        join([shown.look_again(other, temperature) for shown in fold])
        for fold, other in zip(folds, unseen, strict=True)
    ]
    second = SecondLook(
        forest=fit_forest(join(again), seed=seed),
        temperature=_cross_fitted(_unseen_forests(again, seed=seed), again),
    )
    return ReplyScorer(forest=forest, temperature=temperature, notes=notes, second=second)


def _unseen_forests(folds: Sequence[Sample], *, seed: int) -> list[Forest]:
    """Return for each fold trees fitted on the other folds."""
    return [
        fit_forest(join([other for place, other in enumerate(folds) if place != held]), seed=seed)
        for held in range(len(folds))
    ]


def _cross_fitted(unseen: Sequence[Forest], folds: Sequence[Sample]) -> float:
    """Return the temperature for logits of trees that had not seen the thread."""
    logits = [forest.logits(fold.rows) for forest, fold in zip(unseen, folds, strict=True)]
    return fit_temperature(np.concatenate(logits), join(folds))


def _draw_dress(rng: np.random.Generator, showing: int) -> Dress:
    as_article, titled, authors, times = (rng.random(4) < 0.5).tolist()
    return Dress(
        as_article=as_article,
        titled=titled,
        authors=authors,
        times=times,
        quotations=showing == 0,
        calls_seed=int(rng.integers(2**31)),
    )


def dress_thread(forum: ForumThread, dress: Dress) -> Thread:
    """Show a forum thread as a page would: oldest first, links left out."""
    texts = [post.text_with_quotes if dress.quotations else post.text_without_quotes for post in forum.posts]
    opening = texts[0] if dress.as_article else ""
    article = Article(title=forum.title if dress.as_article or dress.titled else "", text=opening)
    shown = list(zip(forum.posts, texts, strict=True))[int(dress.as_article) :]
    comments = tuple(
        Comment(
            id=post.id,
            text=text,
            number=number,
            author=post.author if dress.authors else None,
            posted_at=post.posted_at if dress.times else None,
        )
        for number, (post, text) in enumerate(shown, start=1)
    )
    return Thread(id=forum.id, article=article, comments=comments, order=Order.OLDEST_FIRST, order_probability=1.0)


def call_names(thread: Thread, parents: Mapping[str, str | None], *, seed: int) -> Thread:
    """Let some comments begin with the name of whom they answer, and a few with another's."""
    rng = np.random.default_rng(seed)
    author_of = {comment.id: comment.author for comment in thread.comments}
    authors = sorted({author for author in author_of.values() if author})
    called = []
    for comment in thread.comments:
        name = author_of.get(parents.get(comment.id) or "")
        if name and rng.random() < _CALLS:
            name = str(rng.choice(authors)) if rng.random() < 0.1 else name
            form = _CALL_FORMS[int(rng.integers(len(_CALL_FORMS)))]
            called.append(replace(comment, text=form.format(name) + comment.text))
        else:
            called.append(comment)
    return replace(thread, comments=tuple(called))


def measure_forum(forum: ForumThread, dress: Dress, *, read: Read) -> Shown:
    """Measure one forum thread in one dress."""
    thread = dress_thread(forum, dress)
    texts = [
        f"{thread.article.title}\n{thread.article.text[:_ARTICLE_CHARACTERS]}".strip(),
        *(comment.text for comment in thread.comments),
    ]
    ids = [comment.id for comment in thread.comments]
    readings = dict(zip([ARTICLE, *ids], read(texts), strict=True))
    parents = {post.id: _gold(post, forum.posts[0].id, dress) for post in forum.posts}
    if dress.calls_seed is not None:
        wanted = {comment_id: parents[comment_id] for comment_id in ids if parents[comment_id] is not None}
        thread = call_names(thread, wanted, seed=dress.calls_seed)
    quotes = find_quotes(thread.comments, thread.article) if dress.quotations else {}
    board, measured = measure_thread(thread, readings, quotes=quotes, comment_ids=ids)
    gold = [
        _find(found, board.index.get(parents[comment_id] or "", -1))
        for found, comment_id in zip(measured.candidates, ids, strict=True)
    ]
    quoting = {post.id for post in forum.posts if post.quoting}
    weight = [
        0.0 if parents[comment_id] is None else 1.0 if comment_id in quoting else _TO_ARTICLE for comment_id in ids
    ]
    return Shown(board=board, measured=measured, gold=np.array(gold, dtype=np.int64), weight=np.array(weight))


def _gold(post: ForumPost, opening: str, dress: Dress) -> str | None:
    if dress.as_article and post.parent_id == opening:
        return ARTICLE
    return post.parent_id if post.quoting else None


def _find(candidates: NDArray[np.int64], entry: int) -> int:
    places = np.flatnonzero(candidates == entry)
    return int(places[0]) if len(places) else -1


def join(samples: Sequence[Sample]) -> Sample:
    """Join samples into one."""
    offsets = np.cumsum([0, *(len(sample.rows) for sample in samples)])[:-1]
    return Sample(
        rows=np.concatenate([sample.rows for sample in samples]),
        starts=np.concatenate([s.starts + offset for s, offset in zip(samples, offsets, strict=True)]),
        gold=np.concatenate([sample.gold for sample in samples]),
        weight=np.concatenate([sample.weight for sample in samples]),
    )


def fit_forest(sample: Sample, *, seed: int) -> Forest:
    """Fit boosted trees to tell parents from other candidates; links whose parent is no candidate are left out."""
    found = sample.gold >= 0
    is_parent = np.zeros(len(sample.rows))
    is_parent[(sample.starts + sample.gold)[found]] = 1
    kept = np.repeat(found, sample.sizes)
    weight = np.repeat(sample.weight, sample.sizes)
    # A column that is never known cannot be binned; made constant, no tree splits on it.
    rows = np.where(np.isnan(sample.rows).all(axis=0), 0.0, sample.rows)
    model = HistGradientBoostingClassifier(**_TREES, early_stopping=False, random_state=seed)
    model.fit(rows[kept], is_parent[kept], sample_weight=weight[kept])
    return export_forest(model)


def export_forest(model: HistGradientBoostingClassifier) -> Forest:
    """Copy a fitted two-class model's trees into flat arrays."""
    # scikit-learn has no public way to its trees; a test compares the copy with its own predictions.
    trees = [predictors[0].nodes for predictors in model._predictors]  # noqa: SLF001
    roots = np.cumsum([0, *(len(nodes) for nodes in trees)])[:-1].astype(np.int32)
    nodes = np.concatenate(trees)
    offset = np.repeat(roots, [len(tree) for tree in trees])
    itself = np.arange(len(nodes), dtype=np.int32)
    leaf = nodes["is_leaf"].astype(bool)
    return Forest(
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64),
        left=np.where(leaf, itself, nodes["left"] + offset).astype(np.int32),
        right=np.where(leaf, itself, nodes["right"] + offset).astype(np.int32),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=np.where(leaf, nodes["value"], 0.0).astype(np.float64),
        roots=roots,
        baseline=float(np.ravel(model._baseline_prediction)[0]),  # noqa: SLF001
        depth=int(nodes["depth"].max()),
    )


def fit_temperature(logits: NDArray[np.float64], sample: Sample) -> float:
    """Find the temperature at which the gold parents are likeliest (Guo et al. 2017, arXiv:1706.04599)."""
    found = sample.gold >= 0
    at, weight = (sample.starts + sample.gold)[found], sample.weight[found]

    def surprise(log_temperature: float) -> float:
        shares = softmax_by_group(logits / np.exp(log_temperature), sample.starts)
        return float(-np.average(np.log(np.maximum(shares[at], 1e-12)), weights=weight))

    if not len(at):
        return 1.0
    return float(np.exp(minimize_scalar(surprise, bounds=(-2.0, 3.0), method="bounded").x))
