"""The task `thread`: a whole page, against every label of its gold file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import kendalltau

from stance.core import analyze
from stance.evaluate.gold import GoldComment, GoldThread, locate_sentences, match_actor, read_gold
from stance.evaluate.metrics import Figure, auc, tidy
from stance.evaluate.outcome import Outcome
from stance.evaluate.rows import Row, parse_row, read_text
from stance.judge import Judge
from stance.read import read_page
from stance.records import ARTICLE, Analysis, Comment, Judgement, Policy, Reply, SentenceScore, Stance
from stance.replies import ReplyScorer
from stance.thread import build_thread

Answers = Sequence[tuple[str | None, tuple[str, ...]]]
"""What was answered, None for nothing, and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One comment as labelled and as analysed."""

    gold: GoldComment
    comment: Comment
    reply: Reply
    judgement: Judgement


def measure_thread(file: Path, judge: Judge, scorer: ReplyScorer, *, policy: Policy, page: Path) -> Outcome:
    """Analyse a page as it stands and compare with its annotation."""
    row = parse_row(read_text(file), source=str(file))
    gold = read_gold(row)
    thread = build_thread(read_page(page))
    (analysis,) = analyze([thread], judge, policy=policy, scorer=scorer)
    pairs = _pair(row, gold, analysis)
    numbers = {ARTICLE: ARTICLE} | {comment.id: str(comment.number) for comment in thread.comments}
    sentences = {pair.gold.number: _score_sentences(pair) for pair in pairs}
    stances = _score_stances(gold, pairs, analysis)
    parents = [(numbers[pair.reply.parent_id], pair.gold.parents) for pair in pairs]
    relations = [(pair.judgement.relation_label.value, pair.gold.relations) for pair in pairs]
    ranks = {item.comment_id: item.rank for item in analysis.queue}
    return Outcome(
        n=len(pairs),
        metrics={
            "parent_accuracy": _accuracy(parents),
            "relation_accuracy": _accuracy(relations),
            "stance_accuracy": _accuracy([(given, right) for given, right in stances if given is not None]),
            "stance_recall": tidy(sum(given is not None for given, _ in stances) / len(stances)) if stances else None,
            **{f"{label}_auc": _sentence_auc(label, pairs, sentences) for label in ("claim", "rhetoric")},
            "severity_rank": _severity_rank(pairs, ranks),
            "order_accuracy": float(thread.order is gold.order),
            "sentences_not_found": sum(score is None for scores in sentences.values() for score in scores),
        },
        baseline={
            "previous": {"parent_accuracy": _accuracy(_previous(pairs, analysis, numbers))},
            "majority": {
                "relation_accuracy": _majority_accuracy(relations),
                "stance_accuracy": _majority_accuracy([pair for pair in stances if pair[0] is not None]),
            },
        },
        predictions=[_line(pair, numbers, ranks, analysis) for pair in pairs],
    )


def _pair(row: Row, gold: GoldThread, analysis: Analysis) -> list[_Pair]:
    found = {
        comment.number: (comment, reply, judgement)
        for comment, reply, judgement in zip(
            analysis.thread.comments, analysis.replies, analysis.judgements, strict=True
        )
    }
    for one in gold.comments:
        if one.number not in found:
            raise row.wrong("number", f"{one.number} is no comment of the page, which holds {len(found)}")
    return [
        _Pair(gold=one, comment=comment, reply=reply, judgement=judgement)
        for one in gold.comments
        for comment, reply, judgement in (found[one.number],)
    ]


def _accuracy(answers: Answers) -> Figure:
    scored = [given in right for given, right in answers if right]
    return tidy(sum(scored) / len(scored)) if scored else None


def _majority_accuracy(answers: Answers) -> Figure:
    """Accuracy of always giving the one answer that is right most often."""
    scored = [right for _, right in answers if right]
    counts = Counter(answer for right in scored for answer in set(right))
    return tidy(max(counts.values()) / len(scored)) if counts else None


def _previous(pairs: Sequence[_Pair], analysis: Analysis, numbers: Mapping[str, str]) -> Answers:
    ids = [comment.id for comment in analysis.thread.comments]
    before = dict(zip(ids, [ARTICLE, *ids], strict=False))
    return [(numbers[before[pair.comment.id]], pair.gold.parents) for pair in pairs]


def _score_stances(
    gold: GoldThread, pairs: Sequence[_Pair], analysis: Analysis
) -> list[tuple[str | None, tuple[str, ...]]]:
    authors = {comment.number: comment.author for comment in analysis.thread.comments}
    answers: list[tuple[str | None, tuple[str, ...]]] = []
    for pair in pairs:
        given = {score.actor_id: score.label for score in pair.judgement.stances}
        actors = [actor for actor in analysis.actors if actor.id in given]
        for name, right in pair.gold.stances.items():
            found = match_actor(name, gold.aliases.get(name, ()), actors, authors=authors)
            answers.append((given[found[0]].value if found else None, right))
    return answers


def _score_sentences(pair: _Pair) -> list[SentenceScore | None]:
    """Return for each gold sentence the judged one that overlaps it most; None where none does."""
    spans = locate_sentences(pair.comment.text, [sentence.text for sentence in pair.gold.sentences])
    found: list[SentenceScore | None] = []
    for span in spans:
        overlaps = (
            []
            if span is None
            else [
                (min(span[1], score.end) - max(span[0], score.start), -place)
                for place, score in enumerate(pair.judgement.sentences)
            ]
        )
        most, place = max(overlaps, default=(0, 0))
        found.append(pair.judgement.sentences[-place] if most > 0 else None)
    return found


def _sentence_auc(label: str, pairs: Sequence[_Pair], scores: Mapping[int, Sequence[SentenceScore | None]]) -> Figure:
    marked = [
        (getattr(sentence, label), float(getattr(score, label)))
        for pair in pairs
        for sentence, score in zip(pair.gold.sentences, scores[pair.gold.number], strict=True)
        if score is not None and getattr(sentence, label) is not None
    ]
    return auc([truth for truth, _ in marked], [given for _, given in marked]) if marked else None


def _severity_rank(pairs: Sequence[_Pair], ranks: Mapping[str, int]) -> Figure:
    """Kendall's tau-b of the queue's order against severity: 1 where the worst come first, None where all are alike."""
    known = [(-ranks[pair.comment.id], pair.gold.severity) for pair in pairs if pair.gold.severity is not None]
    if len({severity for _, severity in known}) < 2:
        return None
    return tidy(float(kendalltau(*zip(*known, strict=True), variant="b").statistic))


def _line(
    pair: _Pair, numbers: Mapping[str, str], ranks: Mapping[str, int], analysis: Analysis
) -> Mapping[str, object]:
    reply, judgement = pair.reply, pair.judgement
    likeliest = {numbers[reply.parent_id]: reply.probability}
    names = {actor.id: actor.name for actor in analysis.actors}
    return {
        "number": pair.gold.number,
        "id": pair.comment.id,
        "parent": likeliest | {numbers[other.parent_id]: other.probability for other in reply.alternatives},
        "relation": {label.value: probability for label, probability in judgement.relation.items()},
        "stance": {
            names.get(score.actor_id, score.actor_id): {s.value: score.probabilities[s] for s in Stance}
            for score in judgement.stances
        },
        "sentences": [
            {
                "span": [score.start, score.end],
                "claim": score.claim,
                "check_worthy": score.check_worthy,
                "rhetoric": score.rhetoric,
            }
            for score in judgement.sentences
        ],
        "attributes": {attribute.value: probability for attribute, probability in judgement.attributes.items()},
        "rank": ranks[pair.comment.id],
    }
