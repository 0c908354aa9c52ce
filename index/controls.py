"""Signs that no reader sees and no text means: zero bytes, control characters, byte-order marks inside a text."""

from __future__ import annotations

import re

from index.offsets import Edit

_KIND = "charset"
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufeff]{1,1000}")


def drop_controls(text: str) -> list[Edit]:
    """The edits that take control characters out.

    >>> drop_controls("全年\\x00共走访")
    [Edit(start=2, end=3, text='', kind='charset', confidence=1.0)]
    """
    return [Edit(match.start(), match.end(), "", _KIND) for match in _CONTROLS.finditer(text)]
