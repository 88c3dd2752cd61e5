"""Metrics of the shipped binary, read by others: promtool, and beside the usual exporter."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
