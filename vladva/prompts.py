"""Prompt pairs as data (`prompts.json`), and the chat turn that carries picture, text and prompt.

A pair asks for one word about a picture and one word about a text; the state of the last token
before the answer is the embedding. A few pairs ask for something narrower, so that a comparison
has both ends. Refuses to know tokens, tensors and models.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

CONTENT = "@@content@@"


@dataclass(frozen=True)
class PromptPair:
    """What is asked about a picture and about a text.

    `system`: the system turn that the pair was trained with; None leaves the template's own.
    """

    name: str
    image: str
    text: str
    source: str
    system: str | None = None


def _read() -> dict[str, PromptPair]:
    rows = json.loads((Path(__file__).parent / "prompts.json").read_text(encoding="utf-8"))
    return {row["name"]: PromptPair(**row) for row in rows}


PROMPTS: dict[str, PromptPair] = _read()
"""Every pair by name. The wordings are ours but for those whose source says otherwise: the paper
compares 50 pairs of its own, which it does not print."""
DEFAULT_PROMPTS = "scene"


def candidates() -> list[PromptPair]:
    """The pairs that can be compared on one model: written prompts in whatever chat it has."""
    return [pair for pair in PROMPTS.values() if pair.image and pair.text and pair.system is None]


@dataclass(frozen=True)
class Turn:
    """A rendered turn, and the characters [start, stop) of it that are the prompt."""

    text: str
    slot: tuple[int, int]


class Templated(Protocol):
    """A tokenizer that may have a chat template."""

    chat_template: Any

    def apply_chat_template(self, conversation: list[dict[str, Any]], **options: Any) -> Any:
        """Conversation → text."""
        ...


@dataclass(frozen=True)
class Chat:
    """How a model family writes one user turn and opens the answer.

    `image` is the picture's placeholder with whatever stands between it and the words.
    """

    opening: str
    image: str
    closing: str

    def turn(self, *, picture: bool, text: str = "", prompt: str = "") -> Turn:
        """[picture] text ⏎ prompt, as the user's turn; then the answer is open.

        The line break stands only between a text and a prompt (ours, as E5-V does it).
        """
        before = self.opening + (self.image if picture else "")
        before += text + ("\n" if text and prompt else "")
        return Turn(before + prompt + self.closing, (len(before), len(before) + len(prompt)))


def bare_chat(image_token: str) -> Chat:
    """No turns at all: for a small model that was trained without a template."""
    return Chat(opening="", image=image_token, closing="")


def chat_of(tokenizer: Templated, image_token: str, system: str | None = None) -> Chat | None:
    """The chat that a tokenizer's own template writes, or None where it writes no pictures."""
    if not tokenizer.chat_template:
        return None
    picture, words = {"type": "image"}, {"type": "text", "text": CONTENT}
    plain = _render(tokenizer, system, [words]).split(CONTENT)
    shown = _render(tokenizer, system, [picture, words]).split(CONTENT)
    if len(plain) != 2 or len(shown) != 2 or not shown[0].startswith(plain[0]):
        return None
    image = shown[0][len(plain[0]) :]
    if image.count(image_token) != 1 or plain[1] != shown[1]:
        return None
    return Chat(opening=plain[0], image=image, closing=plain[1])


def _render(tokenizer: Templated, system: str | None, content: Sequence[dict[str, str]]) -> str:
    conversation: list[dict[str, Any]] = []
    if system is not None:
        conversation.append({"role": "system", "content": [{"type": "text", "text": system}]})
    conversation.append({"role": "user", "content": list(content)})
    rendered = tokenizer.apply_chat_template(
        conversation, add_generation_prompt=True, tokenize=False
    )
    return str(rendered)
