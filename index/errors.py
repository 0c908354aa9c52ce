"""What can go wrong, as a tree. One `except WenjuError` at each door; anything else is a bug.

WenjuError               shown to the user as one line of Chinese, exit code 2
├── SourceError          this file cannot be read; it stands in the ledger, the build goes on
├── SettingsError        settings.toml or the environment says something that cannot be
├── ModelError           the embedding model is missing, damaged or not the one named
├── IndexMissing         nothing built yet: run `python -m index build DIR`
├── IndexMismatch        built with another model, format or dictionary: rebuild
├── IndexDamaged         a file of the build does not match its checksum
├── IndexBusy            another build is writing
├── DiskError            the disk is full, read-only or otherwise refuses; nothing was published
├── StoreError           the vector server does not answer
├── PromptError          a placeholder of a prompt is missing or unknown
├── GenerationError      the language model did not answer, or not usefully
└── CaseError            a gold case or a batch line cannot be read
"""

from __future__ import annotations


class WenjuError(Exception):
    """Base of everything Wenju tells its user: `str(error)` is one Chinese line with the way out."""


class SourceError(WenjuError):
    """A source file cannot be read. The build records the reason and goes on."""


class SettingsError(WenjuError):
    """A setting is unknown or has a value that cannot be."""


class ModelError(WenjuError):
    """The embedding model is missing, damaged or not the one that was named."""


class IndexMissing(WenjuError):
    """There is no index at the place named."""


class IndexMismatch(WenjuError):
    """The index was built with another model, format or dictionary."""


class IndexDamaged(WenjuError):
    """A file of a build does not match its checksum."""


class IndexBusy(WenjuError):
    """Another process is writing to the index."""


class DiskError(WenjuError):
    """The disk is full, read-only or otherwise refuses; nothing was published."""


class StoreError(WenjuError):
    """The vector store does not answer."""


class PromptError(WenjuError):
    """A prompt file lacks a placeholder or has an unknown one."""


class GenerationError(WenjuError):
    """The language model did not answer, or did not answer usefully."""


class CaseError(WenjuError):
    """A gold case or a line of a batch cannot be read."""
