"""A model folder in, what scoring costs on this machine out: ratios, each measured in one run.

`measure_briefly` is for everybody; the parts that it is made of are here for the scripts that measure more.
"""

from stance.bench.brief import hours_of, measure_briefly
from stance.bench.clock import Stopwatch, take_turns, timed
from stance.bench.encoder import measure_batches
from stance.bench.figures import (
    BARS,
    GROUPS,
    Bar,
    Measured,
    machine_lines,
    markdown_profile,
    markdown_table,
    plain_rows,
    rate_line,
)
from stance.bench.int8 import measure_int8
from stance.bench.machine import describe_machine, one_thread
from stance.bench.made import (
    NAMES,
    Words,
    made_up_words,
    make_comments,
    make_page,
    make_pages,
    words_of,
    write_comment,
)
from stance.bench.pipeline import measure_pipeline

__all__ = [
    "BARS",
    "GROUPS",
    "NAMES",
    "Bar",
    "Measured",
    "Stopwatch",
    "Words",
    "describe_machine",
    "hours_of",
    "machine_lines",
    "made_up_words",
    "make_comments",
    "make_page",
    "make_pages",
    "markdown_profile",
    "markdown_table",
    "measure_batches",
    "measure_briefly",
    "measure_int8",
    "measure_pipeline",
    "one_thread",
    "plain_rows",
    "rate_line",
    "take_turns",
    "timed",
    "words_of",
    "write_comment",
]
