"""The library page: a folder to add, what is indexed, and what could not be."""

import gradio as gr

from vladva.app.ui_shell import hook, part, top


def layout() -> None:
    """Layout first, wiring second."""
    top("Library")
    with gr.Row(elem_id="v-add"):
        folder = gr.Textbox(
            elem_id="v-folder",
            label="Folder of photos",
            show_label=False,
            container=False,
            placeholder="/home/me/Pictures",
            lines=1,
            max_lines=1,
        )
        button = gr.Button("Add folder", variant="primary")
    part("library")

    folder.submit(None, [folder], None, js=hook("add"))
    button.click(None, [folder], None, js=hook("add"))
