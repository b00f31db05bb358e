"""COCO, the 5,000 test photos of Karpathy's split: `dataset_coco.json` and the photos.

The photos are those of val2014; in the folders of 2017 the same ones go by their bare numbers.
Refuses to know the protocol (`retrieval`) and how a split is read (`karpathy`).
"""

from vladva.benchmarks import karpathy
from vladva.benchmarks.album import Origin
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.retrieval import Item

SIZE = 5000
ORIGIN = Origin(
    "coco",
    karpathy.SPLITS,
    "https://cocodataset.org/#download, val2014, or train2017 and val2017 "
    "(the photos' own licences at Flickr)",
    ("coco", "2014", "2017"),
)


def _names(row: karpathy.Row) -> tuple[str, ...]:
    return str(row["filename"]), f"{int(row['cocoid']):012d}.jpg"


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many photos."""
    return karpathy.load(setup, ORIGIN, "dataset_coco.json", SIZE, _names)


BENCHMARK = photo_benchmark(
    "coco",
    load,
    summary="retrieval both ways, Karpathy's 5,000 test photos",
    primary_metric="image_R@1",
    count=SIZE,
)
