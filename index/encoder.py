"""The encoder as an ONNX graph: from embedded tokens to one unit vector a text.

Written node by node instead of traced, for three reasons: the graph needs no optimiser pass when it is opened, the
matrices of query, key and value are one, and the table of word embeddings stays outside (of 250,000 rows a question
needs twenty). The matrices are float32, or int8 with one scale a column; then activations are quantised on the fly,
with one scale a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.unpack import Shape

Tensors = Mapping[str, NDArray[numpy.float32]]  # by the names of BertModel
_RUNTIME = "com.microsoft"  # the operators of ONNX Runtime itself


def write_encoder(tensors: Tensors, shape: Shape, path: Path, int8: bool) -> None:
    """Write the graph: `embedded` float32 (texts, tokens, hidden), all of one length, to `vectors` (texts, hidden).

    `embedded` is the sum of word, position and type embeddings. `vectors` are mean-pooled and of unit length.
    """
    graph = _Graph(tensors, shape, int8)
    graph.pooled(graph.states())
    graph.save(path, "e5", "vectors", ["texts", shape.hidden])


def write_reader(tensors: Tensors, shape: Shape, path: Path, reach: Tensors) -> None:
    """Write the int8 graph of a reader: `embedded` as above to `numbers` (texts, tokens, outputs).

    The last layer is the linear `head`, in float32. `reach` is how far each input of a matrix goes from zero, by the
    matrix's name: inputs that go far share their burden with the weights (SmoothQuant, Xiao et al. 2023).
    """
    graph = _Graph(tensors, shape, int8=True, reach=reach)
    graph.headed(graph.states())
    graph.save(path, "reader", "numbers", ["texts", "tokens", len(tensors["head.bias"])])


def as_float32(graph: bytes) -> bytes:
    """An int8 graph with its matrices in float32, for a processor that cannot multiply bytes exactly."""
    import onnx

    model = onnx.load_model_from_string(graph)
    weights = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type != "DynamicQuantizeMatMul":
            nodes.append(node)
            continue
        state, matrix, scale, _, bias = node.input
        weights[matrix] = weights[matrix].astype(numpy.float32) * weights.pop(scale)
        product = f"{node.output[0]}_product"
        nodes.append(onnx.helper.make_node("MatMul", [state, matrix], [product]))
        nodes.append(onnx.helper.make_node("Add", [product, bias], [node.output[0]]))
    model.graph.ClearField("node")
    model.graph.ClearField("initializer")
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(values, name) for name, values in weights.items())
    converted: bytes = model.SerializeToString()
    return converted


def quantised(matrix: NDArray[numpy.float32]) -> tuple[NDArray[numpy.int8], NDArray[numpy.float32]]:
    """A matrix (inputs, outputs) in int8, symmetric, and the scale of each column."""
    scales = numpy.maximum(numpy.abs(matrix).max(axis=0), 1e-12).astype(numpy.float32) / numpy.float32(127)
    return numpy.rint(matrix / scales).astype(numpy.int8), scales


def _shared(reach: NDArray[numpy.float32], matrix: NDArray[numpy.float32]) -> NDArray[numpy.float32]:
    """What each input is divided by, and its row of weights multiplied with.

    Three quarters of the burden go to the weights, which have a scale a column where a state has one in all: on a
    trained reader the mean error of a sentence's score is .19 so, .38 with halves, .39 without.
    """
    weights = numpy.maximum(numpy.abs(matrix).max(axis=1), 1e-4)
    scale: NDArray[numpy.float32] = (numpy.maximum(reach, 1e-4) ** 0.75 / weights**0.25).astype(numpy.float32)
    return scale


class _Graph:
    """Nodes and weights as they are added."""

    def __init__(self, tensors: Tensors, shape: Shape, int8: bool, reach: Tensors | None = None) -> None:
        self.tensors = tensors
        self.reach = reach or {}
        self.shape = shape
        self.int8 = int8
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def states(self) -> str:
        """The last layer's state of every token."""
        norm = self.norm("embeddings.LayerNorm")
        state = self.add("LayerNormalization", ["embedded", *norm], axis=-1, epsilon=self.shape.epsilon)
        for layer in range(self.shape.layers):
            state = self.layer(f"encoder.layer.{layer}.", state)
        return state

    def pooled(self, state: str) -> None:
        """Mean over the tokens, at unit length."""
        mean = self.add("ReduceMean", [state, self.weight("axis", numpy.array([1], dtype=numpy.int64))], keepdims=0)
        self.add("LpNormalization", [mean], outputs=["vectors"], axis=-1, p=2)

    def headed(self, state: str) -> None:
        """A few numbers for every token."""
        product = self.add("MatMul", [state, self.weight("head.weight", self.tensors["head.weight"].T)])
        self.add("Add", [product, self.weight("head.bias", self.tensors["head.bias"])], outputs=["numbers"])

    def save(self, path: Path, name: str, output: str, shape: list[str | int]) -> None:
        import onnx

        kind = onnx.TensorProto.FLOAT
        inputs = [onnx.helper.make_tensor_value_info("embedded", kind, ["texts", "tokens", self.shape.hidden])]
        outputs = [onnx.helper.make_tensor_value_info(output, kind, shape)]
        model = onnx.helper.make_model(
            onnx.helper.make_graph(self.nodes, name, inputs, outputs, self.weights),
            opset_imports=[onnx.helper.make_opsetid("", 18), onnx.helper.make_opsetid(_RUNTIME, 1)],
            ir_version=9,
        )
        onnx.save_model(model, str(path))

    def layer(self, prefix: str, state: str) -> str:
        """One block of attention and feed-forward, each with its residual and norm (Devlin et al. 2019)."""
        heads = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        parts = [f"{prefix}{part}" for part in ("q", "k", "v")]
        self.add("Split", [self.linear(heads, state)], outputs=parts, axis=-1, num_outputs=3)
        mixed = self.add("MultiHeadAttention", parts, _RUNTIME, num_heads=self.shape.heads)
        mixed = self.linear([f"{prefix}attention.output.dense"], mixed)
        state = self.residual(state, mixed, f"{prefix}attention.output.LayerNorm")
        wide = self.add("Gelu", [self.linear([f"{prefix}intermediate.dense"], state)], _RUNTIME)
        return self.residual(state, self.linear([f"{prefix}output.dense"], wide), f"{prefix}output.LayerNorm")

    def linear(self, names: list[str], state: str) -> str:
        """`state` times the matrices of `names`, side by side, plus their biases."""
        matrix = numpy.concatenate([self.tensors[f"{name}.weight"] for name in names]).T
        bias = self.weight(f"{names[0]}.bias", numpy.concatenate([self.tensors[f"{name}.bias"] for name in names]))
        if not self.int8:
            product = self.add("MatMul", [state, self.weight(f"{names[0]}.weight", matrix)])
            return self.add("Add", [product, bias])
        if names[0] in self.reach:
            scale = _shared(self.reach[names[0]], matrix)
            state = self.add("Mul", [state, self.weight(f"{names[0]}.smooth", 1 / scale)])
            matrix = matrix * scale[:, None]
        integers, scales = quantised(matrix)
        weights = [self.weight(f"{names[0]}.weight", integers), self.weight(f"{names[0]}.scale", scales)]
        return self.add("DynamicQuantizeMatMul", [state, *weights, "", bias], _RUNTIME)

    def residual(self, state: str, change: str, norm: str) -> str:
        # Not SkipLayerNormalization: on the CPU the fused operator takes five times as long as these two.
        total = self.add("Add", [state, change])
        return self.add("LayerNormalization", [total, *self.norm(norm)], axis=-1, epsilon=self.shape.epsilon)

    def norm(self, name: str) -> list[str]:
        return [self.weight(f"{name}.{part}", self.tensors[f"{name}.{part}"]) for part in ("weight", "bias")]

    def weight(self, name: str, values: NDArray[Any]) -> str:
        import onnx

        self.weights.append(onnx.numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    def add(
        self, kind: str, inputs: list[str], domain: str = "", outputs: list[str] | None = None, **attributes: Any
    ) -> str:
        import onnx

        outputs = outputs or [f"{kind}_{len(self.nodes)}"]
        self.nodes.append(onnx.helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]
