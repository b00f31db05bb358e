"""Chat turns → token ids, with the place of the prompt known, so that soft prompts can take it.

A turn is tokenized as one string, exactly as a model's own processor does it. Refuses to know
tensors, models and pictures: a picture is a number of placeholder tokens.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from vladva.prompts import Chat, Turn


@dataclass(frozen=True)
class Row:
    """Token ids of one sequence; `slot` = the positions [start, stop) of the prompt's tokens."""

    ids: tuple[int, ...]
    slot: tuple[int, int]

    def with_picture(self, token: int, count: int) -> "Row":
        """The one placeholder becomes `count` of them, one for each image token."""
        at = self.ids.index(token)
        ids = self.ids[:at] + (token,) * count + self.ids[at + 1 :]
        shift = count - 1 if at < self.slot[0] else 0
        return Row(ids, (self.slot[0] + shift, self.slot[1] + shift))

    def with_slot(self, length: int, filler: int) -> "Row":
        """The prompt's tokens become `length` fillers, whose embeddings are to be replaced."""
        start, stop = self.slot
        ids = self.ids[:start] + (filler,) * length + self.ids[stop:]
        return Row(ids, (start, start + length))


class Tokenizer(Protocol):
    """What is used of a Hugging Face tokenizer (one backed by `tokenizers`: it knows offsets)."""

    bos_token: Any
    eos_token_id: Any
    pad_token_id: Any
    all_special_tokens: list[str]
    added_tokens_decoder: dict[int, Any]

    def __call__(self, text: str, **options: Any) -> Any:
        """Text → mapping with `input_ids` and, asked for, `offset_mapping`."""
        ...


class Writer:
    """Writes turns as rows of token ids.

    `limit`: tokens of the user's own text that are read; what comes after is cut (ours).
    """

    def __init__(self, tokenizer: Tokenizer, chat: Chat, image_token: str, limit: int) -> None:
        self.tokenizer = tokenizer
        self.chat = chat
        self.limit = limit
        added = [str(t) for t in tokenizer.added_tokens_decoder.values() if t.special]
        reserved = {*tokenizer.all_special_tokens, *added, image_token}
        self._reserved = sorted(reserved, key=len, reverse=True)

    @property
    def filler(self) -> int:
        """An id for positions whose embedding is replaced or masked out."""
        for token in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return 0

    def turn(self, *, picture: bool, text: str = "", prompt: str = "") -> Row:
        """The user's turn with the answer opened. A picture is one placeholder token.

        Nothing at all, in a chat without turns, is one filler: a row has a last token (ours).
        """
        turn = self.chat.turn(picture=picture, text=self.plain(text, self.limit), prompt=prompt)
        ids, spans = self._encode(turn.text)
        return Row(tuple(ids) or (self.filler,), _slot(turn, spans))

    def answer(self, text: str, limit: int) -> list[int]:
        """At most `limit` tokens of an answer that follows a turn, then the end-of-turn token."""
        closing = self.chat.closing
        said = self.plain(text, limit)
        gap = " " if said and not closing[-1:].isspace() else ""
        before = len(closing)
        ids, spans = self._encode(closing + gap + said)
        words = [i for i, span in zip(ids, spans, strict=True) if span[1] > before][:limit]
        return [*words, int(self.tokenizer.eos_token_id)]

    def plain(self, text: str, limit: int) -> str:
        """Text that cannot be mistaken for a picture or the end of a turn, cut at `limit` tokens.

        White space around it goes, so that "dog " is "dog"; lone surrogates become "?".
        """
        text = text.strip().encode("utf-8", "replace").decode("utf-8")
        for token in self._reserved:
            if token and token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        if len(text.encode()) <= limit:  # a token is at least one byte
            return text
        spans = self.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )["offset_mapping"]
        return text if len(spans) <= limit else text[: spans[limit - 1][1]].rstrip()

    def _encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        bos = self.tokenizer.bos_token
        out = self.tokenizer(
            text,
            add_special_tokens=not (bos and text.startswith(bos)),
            return_offsets_mapping=True,
            verbose=False,
        )
        return list(out["input_ids"]), [tuple(span) for span in out["offset_mapping"]]


def _slot(turn: Turn, spans: list[tuple[int, int]]) -> tuple[int, int]:
    start, stop = turn.slot
    letters = [_first_letter(turn.text, a, b) for a, b in spans]
    inside = [i for i, (a, b) in enumerate(spans) if a < b and start <= letters[i] < stop]
    if inside:
        return inside[0], inside[-1] + 1
    after = (i for i, (a, b) in enumerate(spans) if a < b and a >= start)
    place = next(after, len(spans))
    return place, place


def _first_letter(text: str, start: int, stop: int) -> int:
    """Where a token begins but for white space: Llama's tokens take the blank before a word."""
    inside = text[start:stop]
    return start + len(inside) - len(inside.lstrip() or inside)
