"""The rows of the ablation as data: each is a recipe, what it is held against, and why it is run.

Written down before any row was run. Refuses to know how a row is trained, judged and shown. A row
differs from the one that it is held against in one point, but for `lora` (two) and the last one.

In every row a caption that is true of another picture of the batch, too, is no negative of that one
(`fitting`): in a drawn world this is common, and of twins most often so. The paper, which has
photographs, spares none.
"""

from dataclasses import dataclass, replace

from vladva.errors import ConfigError
from vladva.trainer.lab.recipe import Recipe
from vladva.trainer.lab.worlds import World

WORLD: World = "twins"
"""What all rows learn from, chosen before any was run: in a plain world, with every loss and evenly
mixed scenes, mini stood at chance of who stands where after 12.5 thousand pictures
(`vladva/mini/README.md`), and a row that learns nothing of swap can lose and gain nothing there."""
PLAIN = Recipe(
    world=WORLD,
    rank=16,
    soft_prompts=False,
    autoregressive=0.0,
    text_text=0.0,
    edits=0.0,
    negatives=0,
    twins=0.0,
    dense=0,
    relations_from=0,
    speech_from=0,
)
"""LoRA on every linear layer of the language model and the contrast alone, of the paper's rank."""
BOTH = replace(PLAIN, soft_prompts=True)
SPOKEN = replace(BOTH, autoregressive=1.0)
"""The paper's own method: the plain sum of both losses."""


@dataclass(frozen=True)
class AblationRow:
    """`recipe` None: the base as it is. `against`: the row that it is held against, "" for none."""

    name: str
    recipe: Recipe | None
    against: str
    why: str


ROWS = (
    AblationRow("zero", None, "", "the base and a good prompt, nothing trained"),
    AblationRow("soft", replace(BOTH, rank=0), "zero", "how far learned prompts alone go"),
    AblationRow("lora", PLAIN, "soft", "how far changed weights alone go"),
    AblationRow("both", BOTH, "lora", "whether the two add up"),
    AblationRow("both + ar", SPOKEN, "both", "the paper's claim: speaking makes eyes precise"),
    AblationRow(
        "contrast on long",
        replace(BOTH, contrast="long"),
        "both",
        "long captions are too easy to tell apart: does the contrast collapse?",
    ),
    AblationRow(
        "ar on short",
        replace(SPOKEN, spoken="short"),
        "both + ar",
        "whether it is the long caption that teaches: why the data are split",
    ),
    AblationRow(
        "both + text-text",
        replace(BOTH, text_text=0.5),
        "both",
        "the cure that the paper names for its TOT, and leaves undone",
    ),
    AblationRow(
        "both + negatives", replace(BOTH, negatives=2), "both", "false twins beside other captions"
    ),
    AblationRow(
        "both + ar + edits",
        replace(SPOKEN, edits=0.5),
        "both + ar",
        "whether composed queries can be had, and what they cost",
    ),
    AblationRow(
        "all",
        replace(SPOKEN, text_text=0.5, edits=0.5, negatives=2, twins=1.0),
        "both + ar",
        "all additions at once; mini has stretches of relations and of speech besides",
    ),
)
SIZED_BY = "both"
"""The row whose swap decides how much data all rows are given."""


def row_of(name: str) -> AblationRow:
    """The row of this name. Raises `ConfigError` where there is none."""
    found = next((row for row in ROWS if row.name == name), None)
    if found is None:
        known = ", ".join(row.name for row in ROWS)
        raise ConfigError(f"{name!r} is no row of the ablation", f"they are: {known}")
    return found
