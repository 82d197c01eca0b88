"""Other people's wire protocols: a request in, scores from the judge out. `stance.serve` runs them."""

from stance.protocols.app import create_api
from stance.protocols.attributes import find_attribute
from stance.protocols.coral_settings import load_coral
from stance.protocols.logs import set_up_logs
from stance.protocols.metrics import share_figures
from stance.protocols.migrating import Migration, TooFewScores, draw_rows, migrate
from stance.protocols.scoring import Asked, Scoring
from stance.protocols.service import Dialect, Refusal, Service
from stance.protocols.their_scores import Scored, read_scored
from stance.protocols.thresholds import AttributeMap, Mapped, map_thresholds

__all__ = [
    "Asked",
    "AttributeMap",
    "Dialect",
    "Mapped",
    "Migration",
    "Refusal",
    "Scored",
    "Scoring",
    "Service",
    "TooFewScores",
    "create_api",
    "draw_rows",
    "find_attribute",
    "load_coral",
    "map_thresholds",
    "migrate",
    "read_scored",
    "set_up_logs",
    "share_figures",
]
