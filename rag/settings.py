"""Settings: one file `settings.toml`, the environment for places and secrets; an unknown key is an error."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from index.errors import SettingsError


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The language model that writes, if any: an OpenAI-compatible endpoint."""

    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 30.0
    window_tokens: int = 8192
    answer_tokens: int = 800

    @property
    def is_configured(self) -> bool:
        """Whether there is an endpoint to ask."""
        return bool(self.base_url and self.model)


@dataclass(frozen=True, slots=True)
class MilvusSettings:
    """The vector server, used where `store` is milvus. `timeout_seconds` is what one question may wait for it."""

    uri: str = "http://127.0.0.1:19530"
    token: str = field(default="", repr=False)
    timeout_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class DaskSettings:
    """Certificates (PEM files) for TLS with a cluster that embeds; without them in the clear."""

    authority: Path = Path()
    certificate: Path = Path()
    key: Path = Path()

    @property
    def is_encrypted(self) -> bool:
        """Whether there are certificates."""
        return all(path != Path() for path in (self.authority, self.certificate, self.key))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    `embedder` is "bundled", a Hugging Face name or a local folder. `store` is faiss or milvus.
    """

    index: Path = Path(".data/index")
    cache: Path = Path(".cache")
    embedder: str = "bundled"
    store: str = "faiss"
    reader: str = "on"
    passages: int = 10
    threads: int = 0
    log: str = ""  # a file for a JSON line a question; no word of the question or the answer stands in it
    spans: str = ""  # a file for OpenTelemetry's spans, OTLP in JSON lines
    crash_at: int = 0  # tests only: end the process at this step of writing
    llm: ModelSettings = ModelSettings()
    milvus: MilvusSettings = MilvusSettings()
    dask: DaskSettings = DaskSettings()


_SECTIONS = ("llm", "milvus", "dask")  # tables of settings.toml

_ENVIRONMENT = {
    "WENJU_INDEX": "index",
    "WENJU_CACHE": "cache",
    "WENJU_EMBEDDER": "embedder",
    "WENJU_STORE": "store",
    "WENJU_LOG": "log",
    "WENJU_SPANS": "spans",
    "WENJU_CRASH_AT": "crash_at",
    "WENJU_MILVUS_URI": "milvus.uri",
    "WENJU_MILVUS_TOKEN": "milvus.token",
    "WENJU_LLM_BASE_URL": "llm.base_url",
    "WENJU_LLM_MODEL": "llm.model",
    "WENJU_LLM_API_KEY": "llm.api_key",
    "WENJU_LLM_TIMEOUT_SECONDS": "llm.timeout_seconds",
}


def read_settings(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Settings from `settings.toml` (or WENJU_SETTINGS) and the environment, which goes first.

    Raises SettingsError, naming the nearest known key, for anything unknown.
    """
    path = file or Path(environment.get("WENJU_SETTINGS", "settings.toml"))
    values: dict[str, object] = {}
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} 读不懂（{error}）：请按 TOML 格式修改") from error
        for key, value in table.items():
            if key in _SECTIONS and isinstance(value, dict):
                values.update({f"{key}.{name}": inner for name, inner in value.items()})
            else:
                values[key] = value
    for name, key in _ENVIRONMENT.items():
        if environment.get(name):
            values[key] = environment[name]
    home = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wenju"
    settings = replace(Settings(), cache=home)
    chosen: dict[str, dict[str, Any]] = {"": {}, **{section: {} for section in _SECTIONS}}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        section, name = (section, name) if section in chosen else ("", key)
        chosen[section][name] = _typed(key, value, getattr(settings, section) if section else settings, name)
    sections: dict[str, Any] = {name: replace(getattr(settings, name), **chosen[name]) for name in _SECTIONS}
    return replace(settings, **chosen[""], **sections)


def _typed(key: str, value: object, owner: Any, name: str) -> Any:
    known = [entry.name for entry in fields(owner) if entry.name not in _SECTIONS]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"，是不是 {near[0]}？" if near else f"，可用的有：{'、'.join(known)}"
        raise SettingsError(f"没有设置项 {key}{hint}")
    kind = type(getattr(owner, name))
    try:
        if issubclass(kind, Path):
            return Path(str(value)).expanduser()
        return kind(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"设置项 {key} 的值 {value!r} 不对：应为 {kind.__name__}") from error
