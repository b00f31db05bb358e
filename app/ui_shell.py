"""The shell around the pages: Gradio's pages and controls, our own parts in between.

A part is an empty place that `static/main.js` brings to life; it talks to our JSON routes, not to
Gradio. So Gradio gets no handler but the endpoints for other programs (`ui_endpoints`), and no
upload, and `guard` keeps its other doors shut. Refuses to know what a part shows.

Gradio's MCP server stays off: its extra `mcp` holds pydantic below the version that is tested here;
assistants ask at `mcp_door`.
"""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Navbar

from vladva.app import ui_words

if TYPE_CHECKING:
    from fastapi import FastAPI

    from vladva.app.session import Session

ICON = Path(__file__).parent / "static" / "icon.png"
STYLES = (
    *("look", "search", "tools", "grid", "photo", "pages"),
    *("library", "inside", "versus", "train"),
)
HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="apple-touch-icon" href="/own/icon-192.png">'
) + "".join(f'<link rel="stylesheet" href="/own/{name}.css">' for name in STYLES)
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "monospace")
"""Fonts that are already there: one from elsewhere would be a request."""


def part(name: str) -> Any:
    """A place on the page that our own script fills."""
    return gr.HTML(
        html_template=f'<div class="v-part v-{name}"></div>',
        js_on_load=(
            "import('/own/main.js').then("
            f"(page) => page.start(element.querySelector('.v-{name}'), '{name}'))"
        ),
        apply_default_css=False,
    )


def top(name: str) -> None:
    """What a page begins with: the pages by name, the state of the library, its title."""
    Navbar(main_page_name=ui_words.PAGES["search"])
    part("shell")
    gr.HTML(f"<h1>{ui_words.TITLES[name]}</h1>", elem_classes="v-title")


def hook(name: str) -> str:
    """The script of a control's event: it hands the control's value to our own part."""
    return f"(value) => {{ import('/own/main.js').then((page) => page.hooks.{name}(value)); }}"


def build(session: "Session") -> Any:
    """The pages, each from its own module, and the endpoints for other programs."""
    from vladva.app import ui_endpoints, ui_inside, ui_library, ui_match, ui_search, ui_train

    with gr.Blocks(title="VladVA", analytics_enabled=False, fill_width=True) as blocks:
        ui_search.layout()
        ui_endpoints.add(session)
    for name, page in (
        ("match", ui_match),
        ("library", ui_library),
        ("train", ui_train),
        ("inside", ui_inside),
    ):
        with blocks.route(ui_words.PAGES[name], name):
            page.layout()
    return blocks.queue(max_size=ui_endpoints.WAITING)


def mount(app: "FastAPI", session: "Session") -> None:
    """Put the pages under the web server, last: they take every path that is left."""
    # Outside a running event loop Gradio opens one for each of its locks, and closes none. A
    # thread of its own has no loop yet, whoever calls.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_mounted(app, session))).result()


async def _mounted(app: "FastAPI", session: "Session") -> None:
    with warnings.catch_warnings():
        # It says that pages of their own address exclude a mode that we switch off anyway.
        warnings.filterwarnings("ignore", message="SSR mode", category=UserWarning)
        gr.mount_gradio_app(
            app,
            build(session),
            path="/",
            server_name="127.0.0.1",
            footer_links=[],
            run_history=False,
            allowed_paths=[],
            show_error=False,
            max_file_size="1kb",
            favicon_path=str(ICON),
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            theme=gr.themes.Base(font=FONTS, font_mono=MONO),
            head=HEAD,
        )
