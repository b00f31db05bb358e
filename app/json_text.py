"""Values as JSON on one line; light, as every command may need it."""

import json


def to_json(value: object) -> str:
    """JSON on one line, readable; escaped where a file name is no valid Unicode."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _is_unicode(text) else json.dumps(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
