"""Data frames of an analysis."""

import pandas as pd
import pytest

from stance.notebook import TABLES, to_frame
from stance.records import Attribute, Relation, Stance


def test_a_comment_is_a_row_under_its_id(analysis):
    frame = analysis.to_pandas()
    assert list(frame.index) == ["c1", "c2", "c3"]
    assert list(frame["parent"]) == ["article", "c1", "c2"]
    assert list(frame["author"].isna()) == [False, True, False]
    assert frame["posted_at"].dt.tz is not None
    assert pd.isna(frame.loc["c3", "posted_at"])
    for comment, judgement in zip(analysis.thread.comments, analysis.judgements, strict=True):
        row = frame.loc[comment.id]
        assert row["relation"] == judgement.relation_label.value
        assert [row[relation.value] for relation in Relation] == [judgement.relation[name] for name in Relation]
        assert [row[attribute.value] for attribute in Attribute] == [judgement.attributes[name] for name in Attribute]
    assert sorted(frame["rank"]) == [1, 2, 3]


def test_labels_are_categories_in_their_own_order(analysis):
    assert list(analysis.to_pandas()["relation"].cat.categories) == [relation.value for relation in Relation]
    assert list(analysis.to_pandas("stances")["stance"].cat.categories) == [stance.value for stance in Stance]


def test_a_stance_is_a_row_with_comment_and_actor(analysis):
    frame = analysis.to_pandas("stances")
    expected = [
        (comment.id, score.actor_id, score.probabilities[Stance.AGAINST])
        for comment, judgement in zip(analysis.thread.comments, analysis.judgements, strict=True)
        for score in judgement.stances
    ]
    assert list(frame[["comment", "actor", "against"]].itertuples(index=False, name=None)) == expected
    assert {"Russia", "Turkey"} <= set(frame["name"])


def test_sentences_mentions_and_reasons_come_with_their_words(analysis):
    texts = {comment.id: comment.text for comment in analysis.thread.comments}
    for table in ("sentences", "mentions"):
        frame = analysis.to_pandas(table)
        assert len(frame)
        assert all(texts[row.comment][row.start : row.end] == row.text for row in frame.itertuples())
    reasons = analysis.to_pandas("reasons")
    assert len(reasons) == sum(len(item.reasons) for item in analysis.queue) > 0
    assert all(words in texts[row.comment] for row in reasons.itertuples() for words in row.words)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_rows_has_its_columns_and_kinds(analysis, analyze_texts, table):
    empty = to_frame(analysis, table).iloc[:0]
    frame = to_frame(analyze_texts("..."), table)
    assert list(frame.columns) == list(empty.columns)
    assert list(frame.dtypes) == list(empty.dtypes)


def test_half_a_surrogate_pair_is_a_replacement_sign(analyze_texts):
    assert analyze_texts("So \ud83d it is.").to_pandas()["text"].iloc[0] == "So \ufffd it is."


def test_no_such_table_names_those_that_are(analysis):
    with pytest.raises(ValueError, match="want one of comments, stances, sentences, mentions, reasons"):
        analysis.to_pandas("actors")
