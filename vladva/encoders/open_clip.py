"""OpenCLIP checkpoints (EVA-02, PE-Core, NegCLIP) through the extra `open-clip`.

The package is imported when such a model is named, never before. Only safetensors are read: the
package's own loader would take pickles, so it is shown the one file that is none. Refuses to know
torchvision, which the package itself needs.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from vladva.encoders.loading import Placement
from vladva.encoders.rounded import rounded_crop
from vladva.encoders.source import Source
from vladva.encoders.towers import TwoTowers
from vladva.errors import ConfigError, ModelError
from vladva.hub.offer import OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS
from vladva.protocols import Prepared


class OpenClipEncoder(TwoTowers):
    """A model of the package behind the `Encoder` seam."""

    def __init__(self, source: Source, model: Any, tokenizer: Any, placement: Placement) -> None:
        config = source.read(OPEN_CLIP_CONFIG)
        self.tokenizer = tokenizer
        self.length = int(config["model_cfg"]["text_cfg"].get("context_length", 77))
        side = model.visual.image_size
        super().__init__(
            source,
            placement,
            model,
            dim=int(config["model_cfg"]["embed_dim"]),
            prepare=rounded_crop(
                config.get("preprocess_cfg", {}), side if isinstance(side, int) else tuple(side)
            ),
            reading=("open_clip", str(self.length)),
        )

    def see(self, pictures: Sequence[Prepared]) -> Tensor:
        """One batch of pictures → states [n, dim]."""
        states: Tensor = self.model.encode_image(self.stacked(pictures)["pixel_values"])
        return states

    def read(self, texts: Sequence[str]) -> Tensor:
        """One batch of texts → states [n, dim]."""
        states: Tensor = self.model.encode_text(self.tokenizer(list(texts)).to(self.device))
        return states


def load(source: Source, placement: Placement, adapter: Path | None) -> OpenClipEncoder:
    """A folder with OpenCLIP's config and safetensors → its encoder.

    Raises `ModelError` where the package is not there or does not run, weights are missing, pickled
    or do not fit, or the model would fetch more; `ConfigError` on an adapter.
    """
    if adapter is not None:
        raise ConfigError(f"{source.name} takes no adapter", "name an LVLM, or no adapter")
    _check_whole(source)
    weights, package, where = _weights(source), _package(), f"local-dir:{source.folder}"
    try:
        with _hushed():
            model = package.create_model(
                where, load_weights=False, pretrained_image=False, pretrained_text=False
            )
            package.load_checkpoint(model, str(weights), strict=True)
            tokenizer = package.get_tokenizer(where)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"{source.name} does not load: {_first_line(error)}", source.again
        ) from error
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model = model.to(placement.device, placement.dtype).eval()
    return OpenClipEncoder(source, model, tokenizer, placement)


def convert(checkpoint: Path, architecture: str, folder: Path) -> None:
    """A pickled training checkpoint of OpenCLIP, such as NegCLIP's → a folder that loads.

    `architecture`: OpenCLIP's name of it, for NegCLIP ViT-B-32. The file is unpickled
    with `weights_only`, which builds tensors and plain containers and runs nothing; it is read here
    and nowhere else. Raises `ModelError` on a file that holds more, and on an unknown architecture.
    """
    config = _package().get_model_config(architecture)
    if config is None:
        raise ModelError(
            f"open_clip knows no architecture {architecture!r}", "see open_clip.list_models()"
        )
    try:
        held: Any = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler raises whatever a broken file makes it raise
        raise ModelError(
            f"{checkpoint} does not read as tensors alone: {_first_line(error)}",
            "take the file from its authors; nothing of it was run",
        ) from error
    state = held.get("state_dict", held)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name.removeprefix("module."): one.contiguous() for name, one in state.items()}
    save_file(tensors, folder / OPEN_CLIP_WEIGHTS[0])
    (folder / OPEN_CLIP_CONFIG).write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))


def _check_whole(source: Source) -> None:
    """Raises where a config lacks the model, or names a part that another repository has."""
    model = source.read(OPEN_CLIP_CONFIG).get("model_cfg")
    if not isinstance(model, dict) or not isinstance(model.get("text_cfg"), dict):
        raise ModelError(f"{source.name}: its {OPEN_CLIP_CONFIG} describes no model", source.again)
    if model["text_cfg"].get("hf_model_name"):
        raise ModelError(
            f"{source.name} has a text tower from another repository, which is not supported",
            "name another model",
        )


def _weights(source: Source) -> Path:
    found = next(
        (file for name in OPEN_CLIP_WEIGHTS if (file := source.folder / name).exists()), None
    )
    if found is not None:
        return found
    if any(file for kind in ("bin", "pt", "pth") for file in source.folder.glob(f"*.{kind}")):
        raise ModelError(
            f"{source.name} has its weights only as pickle files, which can run code and are "
            "never read",
            "convert them once: vladva.encoders.open_clip.convert(file, architecture, folder)",
        )
    raise ModelError(f"{source.name} lacks {OPEN_CLIP_WEIGHTS[0]}", source.again)


def _package() -> Any:
    """The package, or what is missing of it: it imports torchvision, which must fit torch."""
    try:
        return import_module("open_clip")
    except ModuleNotFoundError as error:
        if error.name == "open_clip":
            raise ModelError(
                "this model needs the package open_clip_torch, which is not installed",
                "pip install 'vladva[open-clip]'",
            ) from error
        raise _broken(error) from error
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise _broken(error) from error


def _broken(error: Exception) -> ModelError:
    return ModelError(
        f"open_clip is installed but does not import: {_first_line(error)}",
        "it needs a torchvision built for this very torch: install both from one index, as "
        "https://pytorch.org/get-started says",
    )


@contextmanager
def _hushed() -> Iterator[None]:
    """The package warns that no weights are loaded yet: they come a line later."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
