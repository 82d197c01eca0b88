"""Other people's wire protocols: a request in, scores from the judge out. `stance.serve` runs them."""

from stance.protocols.app import create_api
from stance.protocols.scoring import Asked, Scoring
from stance.protocols.service import Dialect, Refusal, Service

__all__ = ["Asked", "Dialect", "Refusal", "Scoring", "Service", "create_api"]
