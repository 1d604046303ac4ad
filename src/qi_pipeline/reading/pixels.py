"""What engines are handed: pictures as arrays, and what a crop of one holds."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Height × width × 3, red first."""

Alphabet = Literal["chinese", "code", "date"]
"""What a crop holds: a name or sentence; letters and digits; a date or a number with Chinese units."""
