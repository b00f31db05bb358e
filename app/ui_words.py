"""The words of the shell and of the login page, which are there before a script runs.

All other texts of the pages are in `static/words.js`; a translation is another pair of such files.
"""

LANGUAGE = "en"
PAGES = {
    "search": "Search",
    "match": "Image → text",
    "library": "Library",
    "train": "Train",
    "inside": "Inside",
}
TITLES = {
    "search": "Find any photo by what happens in it",
    "match": "Which text fits a picture?",
    "library": "Library",
    "train": "Train",
    "inside": "What the model sees",
}
QUERY = {"label": "Search", "placeholder": "What happens in the photo?"}
TEXTS = {
    "label": "Texts, one a line",
    "placeholder": "One text a line. Leave it empty for the captions of your library.",
}
MATCH = "Match"
LOGIN = {
    "language": LANGUAGE,
    "title": "VladVA: password",
    "label": "Password of this library",
    "open": "Open",
}
WRONG = "That is not the password."


def too_many(seconds: int) -> str:
    """Why a guess is not looked at, and when the next one is."""
    return f"Too many wrong guesses. The next one in {seconds} s."
