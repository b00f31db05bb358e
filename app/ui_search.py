"""The search page: one box, a place for a picture in it, and the photos below."""

import gradio as gr

from vladva.app.ui_shell import hook, part, top


def layout() -> None:
    """Layout first, wiring second."""
    top("Find any photo by what happens in it")
    with gr.Row(elem_id="v-ask"):
        box = gr.Textbox(
            elem_id="v-query",
            label="Search",
            show_label=False,
            container=False,
            placeholder="What happens in the photo?",
            lines=1,
            max_lines=1,
        )
        part("search-box")
    part("search")

    box.input(None, [box], None, js=hook("typed"))
    box.submit(None, [box], None, js=hook("asked"))
