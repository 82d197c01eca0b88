"""The words that threads and judgements are told in, as in every output; `stance.records` shows them to the rooms."""

from __future__ import annotations

from enum import StrEnum


class Stance(StrEnum):
    """What a writer shows toward an actor, in their own words."""

    FAVOR = "favor"
    AGAINST = "against"
    NEUTRAL = "neutral"


class Relation(StrEnum):
    """What a comment does to the comment or article it answers."""

    REBUT = "rebut"
    SUPPORT = "support"
    QUERY = "query"
    COMMENT = "comment"


class Order(StrEnum):
    """The order in which a page shows its comments."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"
    UNKNOWN = "unknown"


class Fault(StrEnum):
    """What can be wrong with the ids and parents that a page states."""

    RING = "ring"
    DUPLICATE = "duplicate"
    ORPHAN = "orphan"
    FUTURE = "future"


class Attribute(StrEnum):
    """How a comment treats people, under the Perspective API's names; only those the training data can teach."""

    TOXICITY = "TOXICITY"
    SEVERE_TOXICITY = "SEVERE_TOXICITY"
    INSULT = "INSULT"
    IDENTITY_ATTACK = "IDENTITY_ATTACK"
    THREAT = "THREAT"
    PROFANITY = "PROFANITY"
    ATTACK_ON_COMMENTER = "ATTACK_ON_COMMENTER"
    SPAM = "SPAM"


class Signal(StrEnum):
    """What a policy line can look at besides one attribute; put together from several of the judge's answers."""

    REBUTTAL_HEAT = "rebuttal_heat"
    UNSUPPORTED_CLAIMS = "unsupported_claims"
    HOSTILE_STANCE = "hostile_stance"


class Device(StrEnum):
    """A named rhetorical device in one sentence."""

    LOADED_LANGUAGE = "loaded_language"
    NAME_CALLING = "name_calling"
    SARCASM = "sarcasm"
    RHETORICAL_QUESTION = "rhetorical_question"
    EXAGGERATION = "exaggeration"
    APPEAL_TO_FEAR = "appeal_to_fear"


class ActorKind(StrEnum):
    """What sort of actor a thread speaks of."""

    STATE = "state"
    BLOC = "bloc"
    ARMED_GROUP = "armed_group"
    ORGANISATION = "organisation"
    POPULATION = "population"
    PERSON = "person"
    AUTHOR = "author"
    COMMENTER = "commenter"
    UNKNOWN = "unknown"


class EvidenceKind(StrEnum):
    """Why a comment is believed to answer its parent."""

    EXPLICIT = "explicit"
    QUOTATION = "quotation"
    NAME = "name"
    WORDING = "wording"
    POSITION = "position"
