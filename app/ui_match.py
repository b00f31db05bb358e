"""The page from picture to text: a picture on the left, lines on the right, the best below."""

import gradio as gr

from vladva.app.ui_shell import hook, part, top


def layout() -> None:
    """Layout first, wiring second."""
    top("Which text fits a picture?")
    with gr.Row(elem_id="v-match"):
        part("match-picture")
        with gr.Column(elem_id="v-texts-column"):
            texts = gr.Textbox(
                elem_id="v-texts",
                label="Texts, one a line",
                show_label=False,
                container=False,
                placeholder="One text a line. Leave it empty for the captions of your library.",
                lines=7,
                max_lines=14,
            )
            button = gr.Button("Match", variant="primary")
    part("match-results")

    button.click(None, [texts], None, js=hook("match"))
