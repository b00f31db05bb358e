"""One answer to one question, as the JSON contract wants it: photos for a query, texts for one.

Plain dictionaries from plain values; the terminal, the page and the tests read the same ones.
Refuses to know where an answer is shown.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vladva.indexes.hits import Found, Hit, TextHit
from vladva.indexes.query.chips import chips, without
from vladva.indexes.query.parse import written
from vladva.indexes.query.query import Query

Answer = dict[str, Any]


def photos_answer(
    words: str, query: Query | None, model: str, fingerprint: str, found: Found
) -> Answer:
    """The object of `search --json`; a hit carries its opaque `id` beside the contract."""
    return {
        "query": words or None,
        "interpreted": _interpreted(query),
        "model": model,
        "fingerprint": fingerprint,
        "searched": found.searched,
        "total": found.total,
        "took_ms": {
            "encode": found.encode_ms,
            "search": found.search_ms,
            "verify": found.verify_ms,
        },
        "results": [_photo(hit) for hit in found.hits],
        "almost": [_photo(hit) for hit in found.almost],
    }


def _interpreted(query: Query | None) -> Answer:
    if query is None:
        return {"positive": "", "forbid": [], "literal": [], "filters": {}, "chips": []}
    filters: dict[str, list[str]] = {}
    for one in query.filters:
        value = one.value if one.op == "=" else one.op + one.value
        filters.setdefault(one.name, []).append(value)
    return {
        "positive": query.positive,
        "forbid": list(query.forbid),
        "literal": list(query.literal),
        "filters": {name: ", ".join(values) for name, values in filters.items()},
        "chips": [
            {
                "kind": chip.kind,
                "text": chip.text,
                "written": chip.written,
                "without": written(without(query, chip)),
            }
            for chip in chips(query)
        ],
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
                "probability": hit.probability,
                "path": hit.path,
            }
            for hit in hits
        ],
    }


def without_ids(answer: Answer) -> Answer:
    """The same answer as the contract has it: ids and chips mean something to the page only."""
    bare = dict(answer)
    for part in {"results", "almost"} & answer.keys():
        bare[part] = [_less(hit, "id", "alike_ids") for hit in answer[part]]
    if "interpreted" in answer:
        bare["interpreted"] = _less(answer["interpreted"], "chips")
    return bare


def _less(facts: Answer, *names: str) -> Answer:
    return {key: value for key, value in facts.items() if key not in names}


def _photo(hit: Hit) -> Answer:
    return {
        "rank": hit.rank,
        "id": hit.id,
        "path": hit.path,
        "score": hit.score,
        "probability": hit.probability,
        "level": hit.level,
        "why": [asdict(verdict) for verdict in hit.why],
        "caption": hit.caption,
        "caption_source": hit.caption_source,
        "taken_at": hit.taken_at,
        "camera": hit.camera,
        "lat": hit.lat,
        "lon": hit.lon,
        "width": hit.width,
        "height": hit.height,
        "alike": list(hit.alike),
        "alike_ids": list(hit.alike_ids),
    }
