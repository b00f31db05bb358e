"""The page from picture to text: a picture on the left, lines on the right, the best below."""

import gradio as gr

from vladva.app import ui_words
from vladva.app.ui_shell import hook, part, top


def layout() -> None:
    """Layout first, wiring second."""
    top("match")
    with gr.Row(elem_id="v-match"):
        part("match-picture")
        with gr.Column(elem_id="v-texts-column"):
            texts = gr.Textbox(
                elem_id="v-texts",
                label=ui_words.TEXTS["label"],
                placeholder=ui_words.TEXTS["placeholder"],
                show_label=False,
                container=False,
                lines=7,
                max_lines=14,
            )
            button = gr.Button(ui_words.MATCH, variant="primary")
    part("match-results")

    button.click(None, [texts], None, js=hook("match"))
