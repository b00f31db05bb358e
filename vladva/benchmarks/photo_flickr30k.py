"""Flickr30k, the 1,000 test photos of Karpathy's split: `dataset_flickr30k.json` and the photos.

Refuses to know the protocol (`retrieval`) and how a split is read (`karpathy`).
"""

from vladva.benchmarks import karpathy
from vladva.benchmarks.album import Origin
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.retrieval import Item

SIZE = 1000
ORIGIN = Origin(
    "flickr30k",
    karpathy.SPLITS,
    "https://shannon.cs.illinois.edu/DenotationGraph/ (on request, research use only)",
    ("flickr",),
)


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many photos."""
    return karpathy.load(
        setup, ORIGIN, "dataset_flickr30k.json", SIZE, lambda row: (str(row["filename"]),)
    )


BENCHMARK = photo_benchmark(
    "flickr30k",
    load,
    summary="retrieval both ways, Karpathy's 1,000 test photos",
    primary_metric="image_R@1",
    count=SIZE,
)
