"""Prompt pairs as data, chats derived from templates, turns with their prompt's place."""

from typing import Any

import pytest
import tiny

from vladva.presets import PRESETS
from vladva.prompts import CHATS, DEFAULT_PROMPTS, PROMPTS, Chat, TwoOpenings, bare_chat, chat_of


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
        assert pair.image or not pair.text


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


def test_a_chat_that_opens_in_two_ways_is_derived_from_a_smolvlm_template() -> None:
    made = tiny.tokenizer(tiny.SMOLVLM_TOKENS, tiny.SMOLVLM_TEMPLATE)
    chat = chat_of(made, "<image>")
    closing = "<end_of_utterance>\nAssistant:"
    assert chat == TwoOpenings("<|im_start|>User:", "<image>", closing, "<|im_start|>User: ")
    turn = chat.turn(picture=False, text="a dog", prompt="P")
    assert turn.text == f"<|im_start|>User: a dog\nP{closing}"
    assert turn.text[slice(*turn.slot)] == "P"
    assert chat.turn(picture=True, prompt="P").text == f"<|im_start|>User:<image>P{closing}"


def test_the_turns_of_public_embedders_are_written_letter_by_letter() -> None:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    user, assistant = header.format("user"), header.format("assistant")
    assert CHATS["e5-v"] == Chat(user, "<image>\n", f"<|eot_id|>{assistant} \n")
    assert CHATS["gme-qwen2-vl"].closing.endswith("<|im_start|>assistant\n<|endoftext|>")
    assert CHATS["vlm2vec-v2"].turn(picture=False, text="a dog").text == "a dog"


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
