"""Which licences ask nothing of a user beyond naming the authors; all others are opted in by name.

Refuses to know models.
"""

_FREE = """
apache-2.0 mit bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear isc zlib unlicense cc0-1.0 cc-by-2.0
cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 mpl-2.0 lgpl-2.1 lgpl-3.0 gpl-2.0 gpl-3.0
agpl-3.0 artistic-2.0 bsl-1.0 ecl-2.0 epl-2.0 ms-pl postgresql wtfpl
"""
FREE = frozenset(_FREE.split())
"""Names of the hub, in lower case. What is not here sets terms of use, or says nothing."""
NONE = "none"
"""What a model without a licence is accepted by."""


def is_restricted(licence: str) -> bool:
    """Whether a licence has to be accepted by name: terms of use, unknown, or none declared.

    >>> is_restricted("Apache-2.0"), is_restricted("cc-by-nc-4.0"), is_restricted("none")
    (False, True, True)
    """
    return licence.lower() not in FREE


def same(one: str, other: str) -> bool:
    """Whether two spellings name one licence: "Llama-2" here is "llama2" on the hub."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum()).replace("nonedeclared", NONE)
