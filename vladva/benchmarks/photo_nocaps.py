"""nocaps, the 4,500 validation photos: `nocaps_val_4500_captions.json` and the photos.

The file has ten captions a photo, of which the first five count, as on the other two (ours: the
paper does not say). Refuses to know the protocol (`retrieval`).
"""

from vladva.benchmarks.album import Album, Origin, read_as
from vladva.benchmarks.karpathy import captioned
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.retrieval import Item

SIZE = 4500
FILE = "nocaps_val_4500_captions.json"
ORIGIN = Origin(
    "nocaps",
    f"https://nocaps.org/download, {FILE} (CC BY 2.0)",
    "https://storage.googleapis.com/openimages/web/index.html, those that the file names, by its "
    "coco_url (CC BY 2.0)",
    ("nocaps", "open"),
)


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many photos."""
    album = Album(setup, ORIGIN)
    with read_as(album.text(FILE), "the captions of nocaps") as content:
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        texts: dict[object, list[str]] = {number: [] for number in names}
        for said in content["annotations"]:
            texts[said["image_id"]].append(said["caption"].strip())
    album.whole(setup, {"the validation set": (len(names), SIZE)})
    found = [((name,), texts[number]) for number, name in names.items()]
    return captioned(album, found[: setup.count])


BENCHMARK = photo_benchmark(
    "nocaps",
    load,
    summary="retrieval both ways, 4,500 photos of uncommon things",
    primary_metric="image_R@1",
    count=SIZE,
)
