"""The library page: a folder to add, what is indexed, and what could not be."""

import gradio as gr

from vladva.app.ui_shell import part, top


def layout() -> None:
    """The layout; `library.js` listens to the field and its button."""
    top("Library")
    with gr.Row(elem_id="v-add"):
        gr.Textbox(
            elem_id="v-folder",
            label="Folder of photos",
            show_label=False,
            container=False,
            placeholder="/home/me/Pictures",
            lines=1,
            max_lines=1,
        )
        gr.Button("Add folder", variant="primary")
    part("library")
