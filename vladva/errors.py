"""Every error that a user can meet, as one tree.

    VladvaError            message + hint: what went wrong, and what to do about it
    ├── ConfigError        a setting, a flag or a file of settings that cannot work
    │   └── QueryError     a query that cannot be read
    ├── ImageError         a picture that cannot be read
    ├── ModelError         a model that cannot be found, loaded or trusted
    │   ├── Unsupported    an ability that this encoder family does not have
    │   └── NotFetched     a model of the hub that is not on this disk
    ├── LibraryError       the library on disk: locked, missing, unreadable, too new
    │   └── EncoderMismatch  a query by an encoder whose table is not there
    ├── DataError          rows of training or benchmark data that cannot be used
    └── TrainingError      a training run that cannot go on

Refuses to know how an error is shown: `vladva.app` turns the tree into exit codes and notices.
"""


class VladvaError(Exception):
    """Something that the user can do something about.

    `message` names the cause in one sentence, `hint` the remedy (empty where there is none).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type["VladvaError"], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # keeps the hint across processes


class ConfigError(VladvaError):
    """A setting, a flag or a file of settings that cannot work."""


class QueryError(ConfigError):
    """A query that cannot be read: an unknown filter, a bad value, nothing asked for."""


class ImageError(VladvaError):
    """A picture that cannot be read."""


class ModelError(VladvaError):
    """A model that cannot be found, loaded or trusted."""


class Unsupported(ModelError):
    """An ability that this encoder family does not have."""


class NotFetched(ModelError):
    """A model of the hub that is not on this disk: fetching it is for a person to allow."""


class LibraryError(VladvaError):
    """The library on disk: locked, missing, unreadable or written by a newer program."""


class EncoderMismatch(LibraryError):
    """A query by an encoder whose table is not in the library."""


class DataError(VladvaError):
    """Rows of training or benchmark data that cannot be used."""


class TrainingError(VladvaError):
    """A training run that cannot go on; its last checkpoint is whole."""
