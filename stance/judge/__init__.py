"""Cases (a comment, what it answers, its targets and sentences) in, one `Judgement` a comment out.

`Judge` and `load_judge` are for everybody; the model and its encoding are here for the room that trains it.
"""

from stance.judge.calibration import Calibration, fit_scale, fit_temperature
from stance.judge.collate import Batch, Question, TargetBatch, collate, token_budget_batches
from stance.judge.encoding import COMMENT_TOKENS, LONGEST_WINDOW, TextEncoder, Window, naming_sentences
from stance.judge.engine import TOKEN_BUDGET, EncoderJudge, Judge, load_judge
from stance.judge.hub import HubEncoder
from stance.judge.language import language_uncertain
from stance.judge.model import ATTRIBUTES, NAME_KINDS, RELATIONS, SENTENCE_LABELS, STANCES, StanceModel
from stance.judge.weights import check_int8, default_model_folder, load_model, load_tokenizer, model_id, save_model

__all__ = [
    "ATTRIBUTES",
    "COMMENT_TOKENS",
    "LONGEST_WINDOW",
    "NAME_KINDS",
    "RELATIONS",
    "SENTENCE_LABELS",
    "STANCES",
    "TOKEN_BUDGET",
    "Batch",
    "Calibration",
    "EncoderJudge",
    "HubEncoder",
    "Judge",
    "Question",
    "StanceModel",
    "TargetBatch",
    "TextEncoder",
    "Window",
    "check_int8",
    "collate",
    "default_model_folder",
    "fit_scale",
    "fit_temperature",
    "language_uncertain",
    "load_judge",
    "load_model",
    "load_tokenizer",
    "model_id",
    "naming_sentences",
    "save_model",
    "token_budget_batches",
]
