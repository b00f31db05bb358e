"""Prompt pairs as data, chats derived from templates, turns with their prompt's place."""

from typing import Any

import pytest
import tiny

from vladva.presets import PRESETS
from vladva.prompts import DEFAULT_PROMPTS, PROMPTS, Chat, bare_chat, chat_of


class Template:
    """A tokenizer that renders by a function instead of a template language."""

    chat_template = "there is one"

    def __init__(self, render: Any) -> None:
        self.render = render

    def apply_chat_template(self, conversation: list[Any], **_options: Any) -> str:
        return str(self.render(conversation))


def test_every_pair_has_both_sides_a_name_and_a_source() -> None:
    assert DEFAULT_PROMPTS in PROMPTS
    for name, pair in PROMPTS.items():
        assert pair.name == name
        assert pair.source
        assert bool(pair.image) == bool(pair.text)


def test_the_public_pair_of_e5v_is_written_letter_by_letter() -> None:
    assert PROMPTS["e5-v"].image == "Summary above image in one word: "
    assert PROMPTS["e5-v"].text == "Summary above sentence in one word: "


def test_presets_name_pairs_that_exist() -> None:
    assert {preset.prompts for preset in PRESETS.values() if preset.prompts} <= set(PROMPTS)


def test_a_turn_says_where_its_prompt_stands() -> None:
    chat = Chat("U: ", "<image>\n", " A:")
    for picture, text in ((True, ""), (False, "a dog"), (True, "at night"), (False, "")):
        turn = chat.turn(picture=picture, text=text, prompt="One word:")
        assert turn.text[slice(*turn.slot)] == "One word:"
        assert turn.text.startswith("U: <image>\n" if picture else "U: ")
        assert turn.text.endswith("One word: A:")
    assert chat.turn(picture=False, text="a dog", prompt="P").text == "U: a dog\nP A:"


def test_a_turn_without_a_prompt_ends_with_its_text() -> None:
    turn = bare_chat("<image>").turn(picture=True, text="at night")
    assert turn.text == "<image>at night"
    assert turn.slot == (len(turn.text), len(turn.text))


@pytest.mark.parametrize("system", [None, "Be brief."])
def test_a_chat_is_derived_from_a_qwen_template(system: str | None) -> None:
    made = tiny.tokenizer(tiny.QWEN_TOKENS, tiny.QWEN_TEMPLATE)
    chat = chat_of(made, "<|image_pad|>", system)
    head = system or "You are a helpful assistant."
    assert chat == Chat(
        f"<|im_start|>system\n{head}<|im_end|>\n<|im_start|>user\n",
        "<|vision_start|><|image_pad|><|vision_end|>",
        "<|im_end|>\n<|im_start|>assistant\n",
    )


def test_a_chat_is_derived_from_a_llava_template() -> None:
    made = tiny.tokenizer(["<s>", "</s>", "<pad>", "<image>"], tiny.LLAVA_TEMPLATE)
    assert chat_of(made, "<image>") == Chat("USER: ", "<image>\n", " ASSISTANT:")


def test_a_template_that_shows_no_pictures_is_no_chat() -> None:
    assert chat_of(Template(lambda c: c[0]["content"][-1]["text"]), "<image>") is None
    assert chat_of(Template(str), "<image>") is None
    plain = Template(str)
    plain.chat_template = ""
    assert chat_of(plain, "<image>") is None


def test_a_template_that_puts_the_picture_last_is_no_chat() -> None:
    def last(conversation: list[Any]) -> str:
        content = conversation[0]["content"]
        return content[-1]["text"] + ("<image>" if len(content) == 2 else "")

    assert chat_of(Template(last), "<image>") is None
