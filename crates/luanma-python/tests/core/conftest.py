from __future__ import annotations

import sys
from pathlib import Path

# For `samples`, also where tests/tools runs alone.
sys.path.insert(0, str(Path(__file__).parent))
