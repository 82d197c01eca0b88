"""Scores of a corpus and labels of a part of it in; samples to label, estimates and agreement out."""

from stance.study.agreement import Agreement, Disagreement, Measure, Pair, measure_agreement
from stance.study.answers import Counts, Joined
from stance.study.designs import (
    Allocation,
    Design,
    Draw,
    draw_by_uncertainty,
    draw_stratified,
    draw_uniform,
    name_strata,
)
from stance.study.errors import BadLabels, BadScores, BadWhat, NoSuchActor, NoUnits
from stance.study.estimate import Estimate, How, Interval, Study, estimate
from stance.study.inference import (
    FEW,
    Labelled,
    Of,
    Shares,
    Units,
    estimate_shares,
    tune_power,
    wilson_interval,
)
from stance.study.label_rows import Label, LabelRow, Unit, read_label_row, read_label_rows, write_label_rows
from stance.study.planning import Need, Plan, plan
from stance.study.population import By, Population, load_population
from stance.study.sample import Sample, Stratum, draw_sample
from stance.study.scores import ScoredThread, holds_scores, read_scores
from stance.study.what import Kind, What, parse_what

__all__ = [
    "FEW",
    "Agreement",
    "Allocation",
    "BadLabels",
    "BadScores",
    "BadWhat",
    "By",
    "Counts",
    "Design",
    "Disagreement",
    "Draw",
    "Estimate",
    "How",
    "Interval",
    "Joined",
    "Kind",
    "Label",
    "LabelRow",
    "Labelled",
    "Measure",
    "Need",
    "NoSuchActor",
    "NoUnits",
    "Of",
    "Pair",
    "Plan",
    "Population",
    "Sample",
    "ScoredThread",
    "Shares",
    "Stratum",
    "Study",
    "Unit",
    "Units",
    "What",
    "draw_by_uncertainty",
    "draw_sample",
    "draw_stratified",
    "draw_uniform",
    "estimate",
    "estimate_shares",
    "holds_scores",
    "load_population",
    "measure_agreement",
    "name_strata",
    "parse_what",
    "plan",
    "read_label_row",
    "read_label_rows",
    "read_scores",
    "tune_power",
    "wilson_interval",
    "write_label_rows",
]
