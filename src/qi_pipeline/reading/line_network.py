"""The recognition network, changed so that a short line need not be filled up to its taught width (短行虚拟填充).

The network was taught lines filled up with grey to 320 pixels, and reads them worse in less; yet two of three lines on
a certificate are shorter, half as long at the middle, and reckoning with their filling takes half of the time. Far
enough from letter and border every column of the filling is the same. So a narrow sheet ends in one such column, kept
the same to its very edge, and this column is counted as often as it would stand in the full sheet: in the means over
the sheet that weigh the network's channels, and where columns attend to one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qi_pipeline.errors import InstallationError

ROOM = 64
"""Pixels of filling behind the letters; from there on a column sees neither them nor the stem's border."""
COLUMN = 8
"""Pixels of a line for each column in which a sign may be read."""
_FINE = 4
"""Pixels for each column within the network, before the last pooling."""
_STEM = 2
"""Fine columns at the edge that see the border already behind the stem, and are cut off."""
_EMPTY = 5
"""Columns at the edge in which no sign is looked for; in the two before them the last letter may still be read."""
_ACROSS = [2, 3]
"""Axes of height and width."""


def without_filling(model: Any) -> Any:  # noqa: ANN401 - an untyped library
    """The same network with inputs of its own for what is missing, see :func:`inputs`; ``model`` itself is changed.

    Raises InstallationError where it has other parts than PP-OCRv6's small recognition network.
    """
    nodes = {each.get_friendly_name(): each for each in model.get_ordered_ops()}
    stem, letters = nodes.get("Conv.4"), nodes.get("MatMul.12")
    grouped = [each for each in nodes.values() if each.get_type_name() == "GroupConvolution"]
    means = [each for each in nodes.values() if _is_mean_of_sheet(each)]
    # The last softmax is that of the letters.
    attention = [each for each in nodes.values() if each.get_type_name() == "Softmax"][:-1]
    if stem is None or letters is None or (len(grouped), len(means), len(attention)) != (14, 5, 2):
        raise InstallationError("the recognition model is not PP-OCRv6 small; install the locked version of rapidocr")
    missing, bias = _parameter("missing", [1], np.float32), _parameter("bias", [1, 1, 1, -1], np.float32)
    kept = _parameter("kept", [1], np.int64)
    _put_before(stem, lambda given: _slice(given, _constant([-_STEM]), axis=3))
    for node in grouped:
        _continue_edge(node)
    for node in means:
        _count_edge(node, missing)
    for node in attention:
        _put_before(node, lambda given: _ops().add(given, bias))
    _put_before(letters, lambda given: _slice(given, kept, axis=1))
    model.add_parameters([missing, bias, kept])
    model.validate_nodes_and_infer_types()
    return model


def inputs(sheet: np.ndarray[Any, Any], full: int) -> dict[str, np.ndarray[Any, Any]]:
    """What the changed network is asked with: lines on a sheet with at least :data:`ROOM` behind the longest.

    ``full``: the width that they would be filled up to.
    """
    fine = sheet.shape[3] // _FINE - _STEM
    columns = fine * _FINE // COLUMN
    bias = np.zeros((1, 1, 1, columns), dtype=np.float32)
    bias[..., -1] = np.log(1 + full / COLUMN - columns)
    return {
        "x": sheet,
        "missing": np.array([full / _FINE - fine], dtype=np.float32),
        "bias": bias,
        "kept": np.array([columns - _EMPTY], dtype=np.int64),
    }


def _ops() -> Any:  # noqa: ANN401 - an untyped library
    from openvino import opset13

    return opset13


def _parameter(name: str, shape: list[int], of: type[Any]) -> Any:  # noqa: ANN401 - an untyped library
    made = _ops().parameter(shape, of, name=name)
    made.output(0).get_tensor().set_names({name})
    return made


def _constant(value: list[int] | int) -> Any:  # noqa: ANN401 - an untyped library
    return _ops().constant(np.array(value, dtype=np.int64))


def _is_mean_of_sheet(node: Any) -> bool:  # noqa: ANN401 - an untyped library
    if node.get_type_name() != "ReduceMean":
        return False
    axes = node.input_value(1).get_node()
    return bool(axes.get_type_name() == "Constant" and axes.get_data().tolist() == _ACROSS)


def _slice(given: Any, stop: Any, *, axis: int) -> Any:  # noqa: ANN401 - an untyped library
    return _ops().slice(given, _constant([0]), stop, _constant([1]), _constant([axis]))


def _put_before(node: Any, made: Any) -> None:  # noqa: ANN401 - an untyped library
    """What ``made`` makes of the node's first input becomes its first input."""
    node.input(0).replace_source_output(made(node.input_value(0)).output(0))


def _replace(node: Any, by: Any) -> None:  # noqa: ANN401 - an untyped library
    for reader in list(node.output(0).get_target_inputs()):
        reader.replace_source_output(by.output(0))


def _continue_edge(node: Any) -> None:  # noqa: ANN401 - an untyped library
    """Lets a convolution see the last column again beyond the right edge, where it saw nothing."""
    told = node.get_attributes()
    below, beyond = told["pads_end"]
    wider = _ops().pad(node.input_value(0), _constant([0, 0, 0, 0]), _constant([0, 0, 0, beyond]), "edge")
    settings = list(told["strides"]), list(told["pads_begin"]), [below, 0], list(told["dilations"])
    _replace(node, _ops().group_convolution(wider, node.input_value(1), *settings))


def _count_edge(node: Any, missing: Any) -> None:  # noqa: ANN401 - an untyped library
    """Lets a mean over the sheet count the last column as often as it would stand there once more."""
    ops, given = _ops(), node.input_value(0)
    edge = ops.gather(given, _constant([-1]), _constant(3))
    there = ops.convert(ops.gather(ops.shape_of(given), _constant([3]), _constant(0)), "f32")
    mean, mean_of_edge = (ops.reduce_mean(each, _constant(_ACROSS), keep_dims=True) for each in (given, edge))
    all_columns = ops.add(there, missing)
    weighed = ops.multiply(mean, ops.divide(there, all_columns))
    _replace(node, ops.add(weighed, ops.multiply(mean_of_edge, ops.divide(missing, all_columns))))
