"""Answers of routes as JSON that survives file names which are no valid Unicode."""

from typing import Any

from fastapi.responses import JSONResponse

from vladva.app.json_text import to_json


class Json(JSONResponse):
    """JSON, escaped where it has to be."""

    def render(self, content: Any) -> bytes:
        """Value → body."""
        return to_json(content).encode("utf-8")
