"""Average the weights of model folders of one shape, as in model soups (Wortsman et al. 2022, arXiv:2203.05482).

    python scripts/average_models.py --out models/mean models/one=0.7 models/other=0.3

The shares add up to 1. Configuration and tokenizer are the first folder's. A mean of weights is calibrated by nobody:
only weights are written, and `stance train` goes on from there.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from stance.errors import StanceError
from stance.judge import load_model, load_tokenizer, save_model


def main() -> None:
    """Read, average, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", metavar="FOLDER=SHARE")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        parts = [(Path(folder), float(share)) for folder, _, share in (part.rpartition("=") for part in options.parts)]
    except ValueError:
        parser.error("each part is FOLDER=SHARE, the share a number")
    if not math.isclose(sum(share for _, share in parts), 1.0, abs_tol=1e-6):
        parser.error(f"shares add up to {sum(share for _, share in parts):g}, want 1")
    try:
        models = [(load_model(folder), share) for folder, share in parts]
        states = [(model.state_dict(), share) for model, share in models]
        if any(
            {name: value.shape for name, value in state.items()}
            != {name: value.shape for name, value in states[0][0].items()}
            for state, _ in states
        ):
            parser.error("the models have different shapes")
        mean = {name: sum(state[name] * share for state, share in states) for name in states[0][0]}
        models[0][0].load_state_dict(mean)
        save_model(models[0][0], load_tokenizer(parts[0][0]), options.out)
    except StanceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
