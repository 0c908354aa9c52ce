"""Errors as HTTP tells them: a status, a code, and one Chinese line with the way out; and as the log has them."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import IndexMissing, WenjuError
from rag.desk import DeskFull

LOG = logging.getLogger("wenju.server")


class Problem(Exception):
    """An error that has its own HTTP status: its code and one Chinese line."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


NOT_FOUND = Problem(404, "not_found", "没有这一项：它不存在，或不属于你")  # the same for missing and forbidden


ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
STATUSES = {
    400: "请求读不懂",
    404: "没有这一项",
    413: "请求太大",
    422: "请求里有写得不对的地方",
    429: "排队已满",
    503: "还没有可用的索引或模型",
}
_FIELDS = {
    "missing": "没有写",
    "string_too_long": "太长",
    "string_too_short": "是空的",
    "string_pattern_mismatch": "是空的",
    "extra_forbidden": "不认识",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "too_long": "太多",
    "too_short": "是空的",
    "json_invalid": "不是有效的 JSON",
}


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an error: its kind, what caused it and where it happened, innermost last.

    Never what it says, nor a second line of a message: those may quote a document, a question or a key.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        error = record.exc_info[1] if record.exc_info else None
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip().partition("\n")[0],
        }
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            line["errors"] = [type(each).__name__ for each in _causes(error)]
            line["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def log_settings() -> dict[str, Any]:
    """For `logging.config`: warnings and errors of the server and of all that it uses, as JSON lines on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
    }


def error_body(code: str, message: str) -> dict[str, Any]:
    """The body of every error."""
    return {"error": {"code": code, "message": message}}


def problem_of(error: Exception) -> Problem:
    """Any error as one that may be shown; a bug becomes 500, its traceback goes to the log only."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DeskFull):
        return Problem(429, "busy", str(error))
    if isinstance(error, IndexMissing):
        # Whoever asks from outside is not told where the index should lie.
        return Problem(503, "no_index", "还没有索引：请先添加文档")
    if isinstance(error, WenjuError):
        return Problem(503, "unavailable", str(error))
    LOG.error("a question failed", exc_info=error)
    return Problem(500, "failed", "服务器内部出错：已记在日志里，请稍后再试")


def _answered(problem: Problem) -> JSONResponse:
    headers = {"retry-after": "2"} if problem.status == 429 else None
    return JSONResponse(error_body(problem.code, problem.message), problem.status, headers)


def add_error_bodies(app: FastAPI) -> None:
    def known(request: Request, error: Exception) -> JSONResponse:
        return _answered(problem_of(error))

    def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "请求"
        what = _FIELDS.get(first["type"], "不对")
        if first["type"] == "json_invalid":
            where = "请求"
        return _answered(Problem(422, "invalid", f"{where} {what}：请对照 /openapi.json 修改"))

    def plain(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        messages = {404: "没有这一项：它不存在，或不属于你", 405: "这个地址不接受这种请求", 413: "请求太大"}
        codes = {404: "not_found", 405: "wrong_method", 413: "too_large"}
        status = error.status_code
        body = error_body(codes.get(status, "invalid"), messages.get(status, "请求读不懂：请检查写法"))
        return JSONResponse(body, status, error.headers)

    app.add_exception_handler(Problem, known)
    app.add_exception_handler(WenjuError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, known)
