"""The models of PP-OCRv6 small (文字检测与识别模型), as RapidOCR brings them, loaded once for OpenVINO with one thread.

The library itself would prepare each model for every processor of the machine, and keep code for each size of picture
without end; so its settings and files are taken, and the models prepared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qi_pipeline.errors import InstallationError
from qi_pipeline.reading.detection import LineFinder
from qi_pipeline.reading.finder_network import with_small_end
from qi_pipeline.reading.line_model import LineModel, Network
from qi_pipeline.reading.line_network import without_filling

_FINDER_CODE, _READER_CODE = 256, 1024
"""Pieces of compiled code of one sort that a model keeps. One shape of picture takes up to 85 of a model's.

Lines come in some forty widths, so that this holds them all; pages come in sizes without number, mostly in the same
two or three one after another.
"""


def load_models(side: int, box_threshold: float) -> tuple[LineFinder, LineModel]:
    """What finds lines on a page with a longer side of at most ``side`` pixels, and what reads them."""
    try:
        import openvino
        from rapidocr import EngineType, RapidOCR
        from rapidocr.ch_ppocr_det.utils import DBPostProcess
        from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode
    except ImportError as error:
        raise InstallationError(f"RapidOCR can't be loaded ({error}); install the package's dependencies") from error
    settings = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Det.engine_type": EngineType.OPENVINO,
            "Det.box_thresh": box_threshold,
            "Rec.engine_type": EngineType.OPENVINO,
        }
    ).cfg
    core = openvino.Core()
    finder, reader = (core.read_model(_file_of(each, settings)) for each in (settings.Det, settings.Rec))
    boxes = DBPostProcess(
        thresh=settings.Det.thresh,
        box_thresh=settings.Det.box_thresh,
        max_candidates=settings.Det.max_candidates,
        unclip_ratio=settings.Det.unclip_ratio,
        use_dilation=settings.Det.use_dilation,
        score_mode=settings.Det.score_mode,
    )
    letters = CTCLabelDecode(character=reader.get_rt_info(["framework", "character"]).value.splitlines()).character
    find, read = _compiled(core, with_small_end(finder), _FINDER_CODE), _compiled(core, reader, _READER_CODE)
    short = _compiled(core, without_filling(reader), _READER_CODE)
    return LineFinder(find, boxes, side), LineModel(read, short, letters)


def _file_of(part: Any, settings: Any) -> Path:  # noqa: ANN401 - an untyped library
    """Where the model that the library's settings name lies; it is part of the package, and never fetched."""
    from rapidocr.inference_engine.base import FileInfo, InferSession

    named = InferSession.get_model_url(
        FileInfo(
            engine_type=part.engine_type,
            ocr_version=part.ocr_version,
            task_type=part.task_type,
            lang_type=part.lang_type,
            model_type=part.model_type,
        )
    )
    file = Path(settings.Global.model_root_dir) / Path(named["model_dir"]).name
    if not file.is_file():
        raise InstallationError(f"the model {file.name} is missing; install the package rapidocr again")
    return file


class _Compiled:
    """A model of OpenVINO with one request, used again and again.

    The library's own call copies what goes in and what comes out, which for a line takes a tenth of its time.
    """

    def __init__(self, request: Any) -> None:  # noqa: ANN401 - an untyped library
        self._request = request

    def ask(self, inputs: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        """What comes out; it is overwritten when the model is asked again."""
        from openvino import Tensor

        for name, values in inputs.items():
            self._request.set_tensor(name, Tensor(values, shared_memory=True))
        self._request.start_async()
        self._request.wait()
        likely: npt.NDArray[np.float32] = self._request.get_output_tensor().data
        return likely


def _compiled(core: Any, model: Any, kept: int) -> Network:  # noqa: ANN401 - an untyped library
    """The model ready to be asked, with ``kept`` pieces of compiled code of each sort.

    OpenVINO keeps code for each shape that it saw, without end. With the cap a process stays as it is after its
    first pages.
    """
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "CPU_RUNTIME_CACHE_CAPACITY": str(kept)}
    return _Compiled(core.compile_model(model, "CPU", settings).create_infer_request())
