"""The model card of an adapter: what it was made from, on how much, how good it is, how to use it.

Refuses to know anything that the facts do not say: it invents no licence and no data set.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vladva.adapter_folder import FACTS, read_facts

CARD = "README.md"
ABOUT = """Soft prompts and LoRA that make a generative vision-language model embed pictures and
texts. It is of no use without its base; with the adapter off, the base answers as before."""
MIND = """## Mind

It was judged on held-out pictures of its own training data: other photos may look different to it.
The base's licence and the rights of the training pictures apply; this file does not know them."""
_SHOWN = (("data", "batch"), ("loss", "autoregressive"), ("optim", "lr"))


def write(folder: Path, facts: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
    """Write `README.md` beside the adapter.

    `facts`: "base", "shape", "prompts", "training", "metrics" with "before" and "after", "verdict",
    "reason"; what is absent is taken from the folder's `adapter.json`, where that has it.
    `metrics`: of the held-out part, after.
    """
    if (folder / FACTS).exists():
        facts = {**read_facts(folder), **facts}
    (folder / CARD).write_text(text(folder.name, facts, metrics), encoding="utf-8")


def text(name: str, facts: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    """The card as Markdown; its head is the metadata that model hubs read."""
    base = facts.get("base") or {}
    made_for = base.get("name", "unknown") if isinstance(base, Mapping) else str(base)
    before = (facts.get("metrics") or {}).get("before") or {}
    parts = [
        _head(made_for),
        f"# {name}: a VladVA adapter for {made_for}",
        ABOUT,
        _use(name, made_for),
        _verdict(facts),
        _metrics(before, metrics),
        _training(facts.get("training") or {}, facts.get("shape") or {}),
        _prompts(facts.get("prompts") or {}),
        MIND,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(base: str) -> str:
    lines = ["---", f"base_model: {json.dumps(base, ensure_ascii=False)}", "library_name: vladva"]
    tags = ["pipeline_tag: feature-extraction", "tags: [vladva, lora, image-text-retrieval]"]
    return "\n".join([*lines, *tags, "---"])


def _use(name: str, base: str) -> str:
    command = f"vladva index ~/Pictures --model {base} --adapter {name}"
    return f"## Use\n\n    {command}\n\n`adapter.json` names the fingerprint of the base it fits."


def _verdict(facts: Mapping[str, Any]) -> str:
    if not facts.get("verdict"):
        return ""
    return f"## Verdict\n\n{str(facts['verdict']).capitalize()}: {facts.get('reason', '')}."


def _metrics(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    if not after:
        return ""
    rows = [f"| {key} | {_number(before.get(key))} | {_number(after[key])} |" for key in after]
    head = ["| held out | before | after |", "|---|---|---|"]
    return "## Figures\n\n" + "\n".join([*head, *rows])


def _training(training: Mapping[str, Any], shape: Mapping[str, Any]) -> str:
    """Counts first, then what matters most; `adapter.json` has every setting."""
    rows = {key: value for key, value in training.items() if not isinstance(value, Mapping)}
    settings = training.get("config") or {}
    for section, name in _SHOWN:
        if name in (settings.get(section) or {}):
            rows[f"{section}.{name}"] = settings[section][name]
    rows.update({f"adapter.{name}": value for name, value in shape.items()})
    if not rows:
        return ""
    lines = [f"| {key} | {value} |" for key, value in rows.items()]
    return "## Training\n\n" + "\n".join(["| | |", "|---|---|", *lines])


def _prompts(prompts: Mapping[str, Any]) -> str:
    said = [f"- {side}: {prompts[side]!r}" for side in ("image", "text") if prompts.get(side)]
    return "## Prompts that the soft ones started from\n\n" + "\n".join(said) if said else ""


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "–"
