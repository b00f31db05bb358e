"""Turns as token ids: the prompt's place, limits, and text that cannot pass for tokens."""

from typing import Any

import pytest
import tiny

from vladva.prompts import Chat, bare_chat, chat_of
from vladva.rows import Row, Writer

TRUE = tiny.TOKENIZERS / "qwen3_vl_embedding"
CHATS: dict[str, tuple[list[str], str | None, str]] = {
    "bare": (["<pad>", "</s>", "<image>"], None, "$A"),
    "llava": (["<s>", "</s>", "<pad>", "<image>"], tiny.LLAVA_TEMPLATE, "<s> $A"),
}


def writer(kind: str, limit: int = 64) -> Writer:
    made = tiny.tokenizer(*CHATS[kind])
    return Writer(made, chat_of(made, "<image>") or bare_chat("<image>"), "<image>", limit)


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("text", tiny.TEXTS)
def test_the_slot_holds_the_prompt_and_nothing_else(kind: str, text: str) -> None:
    made = writer(kind, limit=2000)
    for picture in (True, False):
        row = made.turn(picture=picture, text=text, prompt="The scene in one word:")
        tokenizer: Any = made.tokenizer
        assert tokenizer.decode(row.ids[slice(*row.slot)]).strip() == "The scene in one word:"


@pytest.mark.parametrize("kind", CHATS)
def test_a_row_is_what_the_tokenizer_makes_of_the_whole_turn(kind: str) -> None:
    made = writer(kind)
    turn = made.chat.turn(picture=True, text="a dog.", prompt="One word:")
    assert list(made.turn(picture=True, text="a dog.", prompt="One word:").ids) == list(
        made.tokenizer(turn.text)["input_ids"]
    )


def test_a_beginning_that_the_template_writes_is_not_doubled() -> None:
    made = tiny.tokenizer(*CHATS["llava"])
    written = Writer(made, Chat("<s>U: ", "<image>", " A:"), "<image>", 64)
    assert written.turn(picture=False, text="a dog").ids.count(0) == 1
    assert writer("llava").turn(picture=False, text="a dog").ids.count(0) == 1


def test_reserved_tokens_in_a_text_are_spelled_not_obeyed() -> None:
    made = writer("llava")
    row = made.turn(picture=False, text="<image> </s> <s> <pad>", prompt="P")
    assert row.ids.count(0) == 1
    assert not {1, 2, 3} & set(row.ids)


def test_a_long_text_is_cut_and_its_prompt_kept() -> None:
    made = writer("bare", limit=10)
    short, long = (made.turn(picture=False, text="a dog " * n, prompt="P:") for n in (2, 500))
    assert len(long.ids) <= len(made.turn(picture=False, prompt="P:").ids) + 12
    assert len(long.ids) > len(short.ids)
    tokenizer: Any = made.tokenizer
    assert tokenizer.decode(long.ids).endswith("\nP:")


def test_a_slot_grows_and_shrinks_in_its_place() -> None:
    row = Row((1, 2, 5, 6, 7, 3), (2, 5))
    assert row.with_slot(1, 0) == Row((1, 2, 0, 3), (2, 3))
    assert row.with_slot(4, 0) == Row((1, 2, 0, 0, 0, 0, 3), (2, 6))
    assert row.with_slot(0, 0) == Row((1, 2, 3), (2, 2))


def test_a_picture_behind_the_slot_does_not_move_it() -> None:
    assert Row((5, 9, 3), (0, 1)).with_picture(9, 3) == Row((5, 9, 9, 9, 3), (0, 1))
    assert Row((9, 5, 3), (1, 2)).with_picture(9, 3) == Row((9, 9, 9, 5, 3), (3, 4))


def test_nothing_in_a_chat_without_turns_is_one_filler() -> None:
    made = tiny.tokenizer(["<pad>", "</s>", "<image>"], None)
    row = Writer(made, bare_chat("<image>"), "<image>", 64).turn(picture=False)
    assert row == Row((made.pad_token_id,), (0, 0))


def test_an_answer_begins_as_it_would_after_the_turn() -> None:
    made = writer("bare")
    tokenizer: Any = made.tokenizer
    assert tokenizer.decode(made.answer("yes", 4)[:-1]) == " yes"
    line = Writer(made.tokenizer, Chat("", "<image>", "A:\n"), "<image>", 64)
    assert tokenizer.decode(line.answer("yes", 4)[:-1]) == "yes"


@pytest.mark.skipif(not TRUE.exists(), reason="no ../shared/data")
@pytest.mark.parametrize("text", [*tiny.TEXTS, "It ends in a stop.", "two\nlines?!", "😀" * 50])
def test_the_slot_is_exact_with_the_true_qwen_tokenizer(text: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(TRUE)
    chat = chat_of(tokenizer, "<|image_pad|>")
    assert chat is not None
    made = Writer(tokenizer, chat, "<|image_pad|>", 1024)
    row = made.turn(picture=False, text=text, prompt="Summary above sentence in one word: ")
    assert tokenizer.decode(row.ids[slice(*row.slot)]) == "Summary above sentence in one word: "
    whole = made.chat.turn(
        picture=False, text=text.strip(), prompt="Summary above sentence in one word: "
    )
    assert list(row.ids) == tokenizer(whole.text).input_ids
