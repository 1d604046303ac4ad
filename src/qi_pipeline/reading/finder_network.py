"""The end of the detection network, reckoned on the small map that it comes from (文本行检测网络的尾部).

The network's last two layers each double the map by writing a square of four values for every value that they read,
the second of them on a map of the page's own size and in single precision. No square ever meets its neighbours: all
sixteen values that one place of the small map ends in depend on this place alone. So they are reckoned there, as
channels, and laid out at the very end; the same sums in a tenth less of the network's time.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from qi_pipeline.errors import InstallationError

_BEFORE = "Relu.18"
_FIRST, _FIRST_BIAS = "auto.cast.95", "p2o.pd_op.reshape.75.0"
_SECOND, _SECOND_BIAS = "auto.cast.98", "p2o.pd_op.reshape.76.0"
_HALVES = tuple(itertools.product((0, 1), repeat=2))
"""Row and column within a square of four."""


def with_small_end(model: Any) -> Any:  # noqa: ANN401 - an untyped library
    """The same network with its last layers rebuilt; ``model`` itself is changed.

    Raises InstallationError where it has other parts than PP-OCRv6's small detection network.
    """
    from openvino import opset13 as ops

    nodes = {each.get_friendly_name(): each for each in model.get_ordered_ops()}
    (result,) = model.get_results()
    wanted = (_BEFORE, _FIRST, _FIRST_BIAS, _SECOND, _SECOND_BIAS)
    if not all(name in nodes for name in wanted) or nodes[_SECOND].get_data().shape[1:] != (1, 2, 2):
        raise InstallationError("the detection model is not PP-OCRv6 small; install the locked version of rapidocr")
    first, first_bias, second, second_bias = (nodes[name].get_data().astype(np.float32) for name in wanted[1:])
    inner, outer = unfolded(first, second)
    biases = np.tile(first_bias.reshape(-1), len(_HALVES)).reshape(1, -1, 1, 1), second_bias.reshape(1, 1, 1, 1)
    across = ([1, 1], [0, 0], [0, 0], [1, 1])
    grown = ops.convolution(nodes[_BEFORE].output(0), ops.constant(inner), *across)
    grown = ops.relu(ops.add(grown, ops.constant(biases[0])))
    likely = ops.add(ops.convolution(grown, ops.constant(outer), *across), ops.constant(biases[1]))
    laid_out = ops.depth_to_space(ops.sigmoid(likely), "blocks_first", 4)
    result.input(0).replace_source_output(laid_out.output(0))
    model.validate_nodes_and_infer_types()
    return model


def unfolded(
    first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Weights of two layers that see one place each, for two that double the map (channels in × out × 2 × 2)."""
    given, made = first.shape[:2]
    inner = np.zeros((len(_HALVES) * made, given, 1, 1), dtype=np.float32)
    outer = np.zeros((4 * 4, len(_HALVES) * made, 1, 1), dtype=np.float32)
    for place, (row, column) in enumerate(_HALVES):
        own = slice(place * made, (place + 1) * made)
        inner[own, :, 0, 0] = first[:, :, row, column].T
        for below, beside in _HALVES:
            outer[(2 * row + below) * 4 + 2 * column + beside, own, 0, 0] = second[:, 0, below, beside]
    return inner, outer
