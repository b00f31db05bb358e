"""What a person chose for the whole program: the library and how much to say about errors.

Values only; refuses to know any command.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The options that stand before the command. `library` None: the platform's own place."""

    library: Path | None = None
    debug: bool = False

    def library_folder(self) -> Path:
        """Where the index, the thumbnails and the settings live."""
        if self.library is not None:
            return self.library.expanduser().absolute()
        # Only asked when needed: the lower floor is heavy, and `--help` must answer at once.
        from vladva.indexes.library import default_library_folder

        return default_library_folder()


def shows_progress() -> bool:
    """Whether someone looks at stderr; of several processes of one run only the first draws."""
    return sys.stderr.isatty() and os.environ.get("RANK", "0") == "0"
