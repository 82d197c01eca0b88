"""A server with a judge whose answers are known, run as a program to be killed: `soaked.py QUEUE PORT [SETTINGS]`.

The settings are those for Coral.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import uvicorn

from stance.protocols import Scoring, Service, create_api, load_coral
from stance.queue import errands, load_policy, open_store, outside

CONFTEST = Path(__file__).parent.parent / "conftest.py"


def main() -> None:
    known = runpy.run_path(str(CONFTEST))
    # What a killed server had taken up is taken up again sooner than after a minute.
    vars(outside)["_CLAIM_MICROSECONDS"] = 1_000_000
    vars(errands)["CLAIM_MICROSECONDS"] = 1_000_000
    vars(errands)["_FIRST_WAIT"] = 100_000
    _, queue, port, *settings = sys.argv
    coral = load_coral(Path(settings[0]), environment={}) if settings else ()
    with open_store(queue) as store:
        scoring = Scoring(known["ConstantJudge"](), policy=load_policy(), scorer=known["make_scorer"]())
        app = create_api(Service(scoring=scoring, store=store, coral=coral))
        uvicorn.run(app, port=int(port), log_config=None)


if __name__ == "__main__":
    main()
