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


@dataclass(frozen=True)
class TwoOpenings(Chat):
    """A family that opens a turn without a picture in another way, such as SmolVLM."""

    opening_of_text: str

    def turn(self, *, picture: bool, text: str = "", prompt: str = "") -> Turn:
        """As `Chat.turn`."""
        if picture:
            return super().turn(picture=True, text=text, prompt=prompt)
        plain = Chat(self.opening_of_text, self.image, self.closing)
        return plain.turn(picture=False, text=text, prompt=prompt)


def _read_chats() -> dict[str, Chat]:
    rows = json.loads((Path(__file__).parent / "chats.json").read_text(encoding="utf-8"))
    return {name: Chat(**row) for name, row in rows.items()}


CHATS: dict[str, Chat] = _read_chats()
"""Turns that public embedders were trained in, where that is not their template's own: E5-V's
Llama-3 header, GME's end-of-text token, VLM2Vec's bare text. From their public code."""


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
    if len(plain) != 2 or len(shown) != 2 or plain[1] != shown[1]:
        return None
    if shown[0].count(image_token) != 1 or image_token in plain[0]:
        return None
    if shown[0].startswith(plain[0]):
        return Chat(opening=plain[0], image=shown[0][len(plain[0]) :], closing=plain[1])
    before, _, after = shown[0].partition(image_token)
    return TwoOpenings(before, image_token + after, plain[1], opening_of_text=plain[0])


def _render(tokenizer: Templated, system: str | None, content: Sequence[dict[str, str]]) -> str:
    conversation: list[dict[str, Any]] = []
    if system is not None:
        conversation.append({"role": "system", "content": [{"type": "text", "text": system}]})
    conversation.append({"role": "user", "content": list(content)})
    rendered = tokenizer.apply_chat_template(
        conversation, add_generation_prompt=True, tokenize=False
    )
    return str(rendered)
