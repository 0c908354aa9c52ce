"""Against the machine: how much of the fastest 8-bit matrix product that runs here the encoder reaches, and on what
the rest is spent.

The shapes are the encoder's own. The rivals are ONNX Runtime's integer product, torch's `_int_mm` and the quantised
linear layer of torch (FBGEMM or oneDNN); each shape is compared with whichever is fastest on it.
"""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from rag.assemble import open_embedder
from rag.settings import read_settings

TOKENS = 128
LAYERS = 12
SHAPES = ((384, 1152), (384, 384), (384, 1536), (1536, 384))  # of one layer: query-key-value, output, and both of FFN
_SECONDS = 0.5  # that a product is repeated for, at least


def measure(options: Namespace, data: Path) -> dict[str, Any]:
    """Rates of each product on one thread (10⁹ multiply-adds a second), the encoder's share, and its profile."""
    del options
    rates = {f"{rows}×{columns}": _rates(rows, columns) for rows, columns in SHAPES}
    work = {f"{rows}×{columns}": TOKENS * rows * columns for rows, columns in SHAPES}
    ideal = LAYERS * sum(work[shape] / (max(rates[shape].values()) * 1e9) for shape in rates)
    seconds, profile = _encoder(data)
    return {
        "tokens": TOKENS,
        "rates": rates,
        "multiply_adds": LAYERS * sum(work.values()),
        "ideal_ms": ideal * 1000,
        "encoder_ms": seconds * 1000,
        "share": ideal / seconds,
        "profile": profile,
    }


def _rates(rows: int, columns: int) -> dict[str, float]:
    found = {}
    for name, make in (("ONNX Runtime", _onnxruntime), ("torch._int_mm", _int_mm), ("torch quantized", _quantized)):
        product = make(rows, columns)
        if product is not None:
            found[name] = TOKENS * rows * columns / _best(product) / 1e9
    return found


def _best(work: Callable[[], object]) -> float:
    """Seconds of one run, the fastest of many: what the machine can do, not what its neighbours leave."""
    work()
    best, until = 1e9, time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def _onnxruntime(rows: int, columns: int) -> Callable[[], object]:
    import onnx
    import onnxruntime

    source = numpy.random.default_rng(0)
    weights = source.integers(-127, 128, (rows, columns), dtype=numpy.int8)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["a", "b"], ["y"])],
        "product",
        [onnx.helper.make_tensor_value_info("a", onnx.TensorProto.UINT8, [TOKENS, rows])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.INT32, [TOKENS, columns])],
        [onnx.numpy_helper.from_array(weights, "b")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = {"a": source.integers(0, 256, (TOKENS, rows), dtype=numpy.uint8)}
    return lambda: session.run(None, given)


def _int_mm(rows: int, columns: int) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    a = torch.randint(-127, 128, (TOKENS, rows), dtype=torch.int8)
    b = torch.randint(-127, 128, (rows, columns), dtype=torch.int8)
    return lambda: torch._int_mm(a, b)


def _quantized(rows: int, columns: int) -> Callable[[], object] | None:
    import warnings

    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)  # that these products will go one day
    try:
        weight = torch.quantize_per_tensor(torch.randn(columns, rows), 0.05, 0, torch.qint8)
        packed = torch.ops.quantized.linear_prepack(weight, None)
        given = torch.quantize_per_tensor(torch.randn(TOKENS, rows), 0.05, 128, torch.quint8)
    except RuntimeError:  # this build of torch has no engine for it
        return None
    return lambda: torch.ops.quantized.linear(given, packed, 0.1, 128)


def _encoder(data: Path) -> tuple[float, dict[str, float]]:
    """Seconds of one run of the encoder on one thread, and the share of each of its operators."""
    import onnxruntime

    from index.bundled import folder_of
    from index.prepared import Prepared

    settings = read_settings()
    open_embedder(settings)
    prepared = Prepared(folder_of(settings.cache))
    graph = prepared.bytes(f"encoder-{prepared.notes['variant']}.onnx")
    given = {"embedded": numpy.random.default_rng(0).standard_normal((1, TOKENS, 384), dtype=numpy.float32)}
    session = onnxruntime.InferenceSession(graph, _plain(), providers=["CPUExecutionProvider"])
    seconds = _best(lambda: session.run(None, given))
    watched = _plain()
    watched.enable_profiling = True
    watched.profile_file_prefix = str(data / "profile")
    session = onnxruntime.InferenceSession(graph, watched, providers=["CPUExecutionProvider"])
    for _ in range(20):
        session.run(None, given)
    path = Path(session.end_profiling())
    spent: dict[str, float] = {}
    for event in json.loads(path.read_text("utf-8")):
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            kind = event["args"]["op_name"]
            spent[kind] = spent.get(kind, 0.0) + event["dur"]
    path.unlink()
    total = sum(spent.values())
    return seconds, {kind: each / total for kind, each in sorted(spent.items(), key=lambda item: -item[1])}


def _plain() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options
