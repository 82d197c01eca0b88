"""The folder is put where the tests, and the processes that they begin, find `standing_judge`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
