"""The search page: one box, a place for a picture in it, and the photos below."""

import gradio as gr

from vladva.app import ui_words
from vladva.app.ui_shell import part, top


def layout() -> None:
    """The layout; `search.js` listens to the box."""
    top("search")
    with gr.Row(elem_id="v-ask"):
        gr.Textbox(
            elem_id="v-query",
            label=ui_words.QUERY["label"],
            placeholder=ui_words.QUERY["placeholder"],
            show_label=False,
            container=False,
            lines=1,
            max_lines=1,
        )
        part("search-box")
    part("search")
