"""After the question: from a question to an answer one can check.

The published names: `open_assistant`, `read_settings`, `Settings`, and the words of `rag.types`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assemble import open_assistant
    from rag.settings import Settings, read_settings

__all__ = ["Settings", "open_assistant", "read_settings"]


def __getattr__(name: str) -> Any:
    """Load a published name when it is first used, so that `ask --help` imports nothing of it."""
    if name == "open_assistant":
        from rag.assemble import open_assistant

        return open_assistant
    if name in ("Settings", "read_settings"):
        from rag import settings

        return getattr(settings, name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
