"""The page a person sees."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from stance.out import render
from stance.records import Comment, Judgement, Relation, Reply, StanceScore


def page(analysis, *, width=80, colour=False, encoding="utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    render(
        analysis,
        Console(file=stream, width=width, force_terminal=colour, color_system="truecolor" if colour else "auto"),
    )
    stream.flush()
    return raw.getvalue().decode(encoding)


def section(text: str, heading: str) -> list[str]:
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"── {heading} "))
    end = next((at for at in range(start + 1, len(lines)) if not lines[at]), len(lines))
    return lines[start + 1 : end]


def test_the_headline_tells_the_count_the_order_and_what_made_it(analysis):
    head = page(analysis).split("\n\n")[0]
    assert "7 comments of 31 stated · newest first on the page (0.98) · article by Jon Berg" in head
    assert "model made-up@0123abcd · policy " + analysis.policy_digest[:8] in head
    assert "Look first at #4 (attack on a people or religion)" in head


def test_the_sections_come_with_the_queue_last(analysis):
    headings = [line.split()[1] for line in page(analysis).splitlines() if line.startswith("── ")]
    assert headings == ["Replies", "Stances", "Rebuttals", "Claims", "Queue"]


def test_the_tree_indents_answers_and_says_why(analysis):
    tree = section(page(analysis, width=120), "Replies")
    assert tree[1].startswith("├─ #1 maria  · comments 0.62  link 0.91")
    assert tree[3] == "│  ├─ #2 Tom Ekdal  × rebuts 0.93  link 0.91  quotes 6 words of comment 1"
    assert tree[4].startswith("│  │  “Veland paid for the dredging” is simply not true.")
    assert tree[5].startswith("│  │  └─ #4 TruthHammer77")


def test_stances_are_read_by_sign_and_need_no_colour(analysis):
    table = section(page(analysis, width=120), "Stances")
    heads = table[0].split("  ")
    assert "Harbour Guild" in heads[0] or "Harbour Guild" in table[0]
    by_comment = {line.split()[0]: line[19:].split() for line in table[1:-1]}
    # Columns: Harbour Guild, Veland, Ostria, #1, Mayor Lind, Ostrians, #2, #4, author; doubled from 0.80 on.
    assert by_comment["#1"] == ["−−", "+", "−−", "·", "·", "·", "·", "·", "·"]
    assert by_comment["#4"] == ["−", "·", "·", "·", "·", "−−", "−−", "·", "·"]
    assert by_comment["all"][:4] == ["−2", "+1", "−1", "+1"]


def test_actors_that_do_not_fit_are_counted(analysis):
    table = section(page(analysis, width=60), "Stances")
    assert table[-1] == "... and 4 more actors; --format json holds all of them."


def test_rebuttals_stand_surest_first(analysis):
    lines = section(page(analysis), "Rebuttals")
    assert [line.split()[0] for line in lines] == ["#2", "#4", "#6", "#7"]
    assert lines[-1].split("rebuts ")[1].startswith("the article ")
    assert "0.93 █████████░" in lines[0]


def test_claims_are_counted_beside_rhetoric_with_the_surest_claim(analysis):
    lines = section(page(analysis, width=120), "Claims and rhetoric")
    assert lines[4].split() == [
        *("#4", "2/4", "█████░░░░░", "4/4", "██████████"),
        *"They burned the old pier in 2011 and they bribed the pilot.".split(),
    ]
    assert lines[5].split() == ["#5", "0/1", "░" * 10, "0/1", "░" * 10, "none"]


def test_each_reason_says_what_toward_whom_and_the_words(analysis):
    queue = section(page(analysis, width=120), "Queue")
    assert queue[0].split()[:3] == ["1", "#4", "TruthHammer77"]
    insult = next(line for line in queue if line.startswith("     insult "))
    assert insult.split("  ")[-3:] == ["0.96", "insult → #2", "“pathetic fool”"]
    assert queue[-1] == "No line of the policy fired for #7, #3, #5."


def test_reasons_past_the_fourth_are_named(analysis):
    (also,) = [line for line in section(page(analysis, width=120), "Queue") if "also " in line]
    assert "toxicity 0.97" in also


def test_words_carried_by_two_lines_in_a_row_are_said_once(analysis):
    top = analysis.queue[0]
    first = top.reasons[0]
    twice = replace(top, reasons=(first, replace(first, line="second")))
    queue = section(page(replace(analysis, queue=(twice, *analysis.queue[1:])), width=120), "Queue")
    assert [line for line in queue if "“vermin”" in line] == [queue[1]]
    assert queue[2].startswith("     second ")


def test_a_quiet_thread_says_so(deep):
    assert "No line of the policy fired: nothing here asks for a moderator." in page(deep(2))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_page_nor_ends_in_space(analysis, width):
    for line in page(analysis, width=width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J\x1b]0;title\x07 gone",
        "[bold red]not markup[/] [link=http://example.org]x[/link] :smile:",
        "a\u202egnirts\u2066 b\u200b\ufeffc",
        "\x9b31m c1 controls \x85 next",
        "half \ud800 a pair",
        "nulls \x00\x00 in it",
        "z" + "\u0301" * 500 + "algo",
        "two\r\nlines\u2028three\u2029four\x0b",
        "漢字" * 200,
        "",
        " \t\n",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("colour", [False, True])
def test_text_from_a_comment_acts_on_nothing(analysis, say, text, colour):
    shown = page(say(analysis, text, author=text), colour=colour)
    if colour:
        # Only rich's own colours may stand: ESC [ digits m.
        assert shown.count("\x1b") == len(re.findall("\x1b\\[[0-9;]*m", shown))
    else:
        assert "\x1b" not in shown
    plain = shown.replace("\x1b", "")
    assert not [letter for letter in plain if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Cs")]


def test_markup_is_shown_and_not_obeyed(analysis, say):
    assert "[bold]x[/bold] :smile:" in page(say(analysis, "[bold]x[/bold] :smile:"))


def test_a_turned_writing_direction_is_seen(analysis, say):
    assert "a\ufffdb" in page(say(analysis, "a\u202eb"))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_of_few_letters_gets_signs_it_can_show(analysis, say, encoding):
    shown = page(say(analysis, "Ægir said 漢字"), encoding=encoding)
    assert "|- #1" in shown
    assert "said ??" in shown


def test_a_piped_page_has_no_colour_and_a_terminal_has(analysis):
    assert "\x1b" not in page(analysis)
    assert "\x1b[" in page(analysis, colour=True)


def test_a_chain_of_a_hundred_thousand_is_shown_without_running_off_the_page(deep):
    shown = page(deep(100_000))
    tree = section(shown, "Replies")
    # 80 columns indent six levels: five steps of three before the branch.
    assert all(cell_len(line) <= 80 for line in tree)
    assert "↳  #200  × rebuts" in shown
    assert "level 200" in shown
    assert tree[-1] == "... and 99,800 more comments; --format json holds all of them."


def test_ten_megabytes_in_one_comment_are_shown_in_little_time(analysis, say):
    shown = page(say(analysis, "The pier was sold. " * 550_000))
    assert len(shown) < 20_000


def test_a_thread_without_comments_is_a_page(analysis):
    thread = replace(analysis.thread, comments=(), stated_total=None)
    empty = replace(analysis, thread=thread, replies=(), judgements=(), queue=(), mentions=(), actors=())
    assert "0 comments · newest first" in page(empty)


def test_an_uncertain_order_keeps_places_without_reasons_in_their_rank(analysis):
    by_id = {item.comment_id: item for item in analysis.queue}
    queue = tuple(replace(by_id[name], rank=rank) for rank, name in enumerate("gdabcef", start=1))
    lines = section(page(replace(analysis, queue=queue)), "Queue")
    assert lines[0].split()[:2] == ["1", "#7"]
    assert lines[1] == "     no line of the policy fired"


def test_comments_in_another_language_are_named(analysis):
    judgements = (replace(analysis.judgements[0], language_uncertain=True), *analysis.judgements[1:])
    head = page(replace(analysis, judgements=judgements)).split("\n\n")[0]
    assert "perhaps not in the model's language, so less sure: #1" in head


def test_an_actor_the_analysis_does_not_know_is_shown_by_its_id(analysis):
    (first, *rest) = analysis.judgements
    stranger = StanceScore(actor_id="OAE", probabilities=first.stances[0].probabilities)
    judgements = (replace(first, stances=(stranger, *first.stances)), *rest)
    assert "OAE" in page(replace(analysis, judgements=judgements), width=120)


def test_a_stance_that_the_model_is_not_sure_of_is_marked(analysis):
    (first, *rest) = analysis.judgements
    doubted = tuple(replace(score, sure=False) for score in first.stances)
    shown = page(replace(analysis, judgements=(replace(first, stances=doubted), *rest)), width=120)
    assert "? not sure" in shown
    assert "? not sure" not in page(analysis, width=120)


def test_two_hundred_siblings_do_not_hide_that_there_are_more(analysis):
    n = 250
    comments = tuple(Comment(id=f"c{at}", text="No.", number=at + 1) for at in range(n))
    thread = replace(analysis.thread, comments=comments)
    replies = tuple(Reply(comment_id=comment.id, parent_id="article", probability=0.5) for comment in comments)
    relation = {Relation.REBUT: 1.0}
    judgements = tuple(
        Judgement(comment_id=comment.id, relation=relation, stances=(), sentences=(), attributes={})
        for comment in comments
    )
    shown = page(replace(analysis, thread=thread, replies=replies, judgements=judgements, queue=()))
    assert "... and 50 more comments" in shown
    assert "... and 210 more rebuttals" in shown
