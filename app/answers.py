"""One answer to one question, as the JSON contract wants it: photos for a query, texts for one.

Plain dictionaries from plain values; the terminal, the page and the tests read the same ones.
Refuses to know where an answer is shown.
"""

import json
from collections.abc import Sequence
from typing import Any

from vladva.indexes.hits import Found, Hit, TextHit

Answer = dict[str, Any]


def photos_answer(query: str | None, model: str, fingerprint: str, found: Found) -> Answer:
    """The object of `search --json`; a hit carries its opaque `id` beside the contract."""
    return {
        "query": query,
        "interpreted": {"positive": query or "", "forbid": [], "literal": [], "filters": {}},
        "model": model,
        "fingerprint": fingerprint,
        "searched": found.searched,
        "took_ms": {"encode": found.encode_ms, "search": found.search_ms, "verify": 0.0},
        "results": [_photo(hit) for hit in found.hits],
        "almost": [],
    }


def texts_answer(image: str, model: str, fingerprint: str, hits: Sequence[TextHit]) -> Answer:
    """The object of `match --json`."""
    return {
        "image": image,
        "model": model,
        "fingerprint": fingerprint,
        "results": [
            {
                "rank": hit.rank,
                "text": hit.text,
                "score": hit.score,
                "probability": None,
                "path": hit.path,
            }
            for hit in hits
        ],
    }


def without_ids(answer: Answer) -> Answer:
    """The same answer as the contract has it: an `id` means something to the page only."""
    bare = [{key: value for key, value in hit.items() if key != "id"} for hit in answer["results"]]
    return {**answer, "results": bare}


def _photo(hit: Hit) -> Answer:
    return {
        "rank": hit.rank,
        "id": hit.id,
        "path": hit.path,
        "score": hit.score,
        "probability": None,
        "level": None,
        "why": [],
        "caption": hit.caption,
        "taken_at": hit.taken_at,
        "width": hit.width,
        "height": hit.height,
    }


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
