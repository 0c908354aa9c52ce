"""What the commands share: options in Chinese, JSON as bytes, and text that cannot write to a terminal's controls."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from index.errors import CaseError, WenjuError

# argparse's own words, as they are raised, and ours
_MESSAGES = (
    (r"unrecognized arguments: (.{0,300})", r"没有选项 \1"),
    (r"the following arguments are required: (.{0,300})", r"缺少参数 \1"),
    (r"argument (.{0,99}?): invalid int value: (.{0,300})", r"\1 应是整数，不是 \2"),
    (r"argument (.{0,99}?): expected (?:one|at least one) argument", r"\1 后面缺少值"),
    (r"argument (.{0,99}?): ignored explicit argument (.{0,300})", r"\1 不带值，却写了 \2"),
    (r"argument (.{0,99}?): invalid choice: (.{0,99}?) \(choose from (.{0,300})\)", r"\1 不能是 \2，可选：\3"),
    (r"argument (.{0,99}?): not allowed with argument (.{0,300})", r"\1 与 \2 不能同用"),
)


class CommandParser(argparse.ArgumentParser):
    """Options whose help is Chinese and whose mistakes are one line: `CaseError` instead of an exit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"add_help": False, "allow_abbrev": False, **options})
        self._positionals.title = "参数"
        self._optionals.title = "选项"
        self.add_argument("-h", "--help", action="help", help="显示这段说明")

    def error(self, message: str) -> NoReturn:
        """Raise CaseError with what is wrong, and where the options are explained."""
        for pattern, chinese in _MESSAGES:
            found = re.fullmatch(pattern, message, re.DOTALL)
            if found:
                message = found.expand(chinese)
        raise CaseError(f"{message}（用法见 {self.prog} --help）")

    def format_usage(self) -> str:
        """The usage under a Chinese word."""
        return super().format_usage().replace("usage: ", "用法：", 1)

    def format_help(self) -> str:
        """The help under Chinese words."""
        return super().format_help().replace("usage: ", "用法：", 1)


def run(name: str, command: Callable[[], int]) -> int:
    """Run a command to its exit code; whatever goes wrong is one line on standard error and the code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character still shows the rest
    try:
        code = command()
        sys.stdout.flush()
        return code
    except WenjuError as error:
        _complain(f"{name}：{error}")
    except BrokenPipeError:  # whoever read us has gone: nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        _complain(f"{name}：已停止；已做完的部分下次不必重做")
    except OSError as error:
        if sys.flags.dev_mode:
            raise
        _complain(f"{name}：系统不允许（{error.strerror or type(error).__name__}）：请检查路径、权限与磁盘")
    except MemoryError:
        _complain(f"{name}：内存不够：请关掉别的程序，或分几次处理")
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        _complain(f"{name}：程序出错（{type(error).__name__}：{error}）：请报告这个问题；用 python -X dev 可以看到位置")
    return 2


def write_json(value: object) -> None:
    """One line of JSON on standard output, in UTF-8 whatever the terminal's encoding is."""
    text = json.dumps(value, ensure_ascii=False)
    # A lone surrogate has no UTF-8; as \udc80 it is what JSON itself would write.
    write_bytes(text.encode("utf-8", "backslashreplace") + b"\n")


def write_bytes(data: bytes) -> None:
    """Bytes on standard output, unchanged."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def visible(text: str) -> str:
    """A text without control characters, so that no document can write to the terminal's controls."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)


def one_line(text: str) -> str:
    """A visible text on one line: a name with a newline in it must not look like two."""
    return visible(" ".join(text.split("\n")))


def _complain(message: str) -> None:
    print(one_line(message), file=sys.stderr)
