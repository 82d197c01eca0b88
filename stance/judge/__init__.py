"""Cases (a comment, what it answers, its targets and sentences) in, one `Judgement` a comment out."""

from stance.judge.calibration import Calibration
from stance.judge.engine import EncoderJudge, Judge, load_judge
from stance.judge.weights import default_model_folder

__all__ = ["Calibration", "EncoderJudge", "Judge", "default_model_folder", "load_judge"]
