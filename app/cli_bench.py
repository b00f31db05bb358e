"""`vladva bench`: how fast this machine indexes, and how fast it could.

Refuses to know how the figures are measured.
"""

import json
from dataclasses import asdict
from pathlib import Path

import click

from vladva.app.fetching import consent, ensure


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", metavar="NAME", help="A preset, a hub id or a folder.  [default: mini]")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@click.option("--limit", default=1000, type=click.IntRange(min=1), help="Photos to measure with.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def bench(*, folder: Path, model: str | None, device: str, limit: int, as_json: bool) -> None:
    """Measure how fast this machine indexes, and how fast it could.

    Decoding, encoding, and a whole index run of FOLDER into a temporary library. Neither your
    library nor the photos are touched.
    """
    from vladva.app.present_progress import waiting
    from vladva.encoders import load_encoder
    from vladva.indexes.figures.bench import measure

    ensure(model or "mini")
    with waiting("measuring …"):
        found = measure(load_encoder(model or "mini", device=device), folder, limit)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    rows = [
        ("photos", f"{found.photos}"),
        ("decode and prepare, one process", f"{found.decode:.1f} photos/s"),
        ("encode, on prepared input", f"{found.encode:.1f} photos/s"),
        (f"bound of both on {found.cores} cores", f"{found.bound:.1f} photos/s"),
        ("end to end", f"{found.end_to_end:.1f} photos/s"),
        ("share of the bound", f"{found.share_of_bound:.2f}"),
    ]
    for name, value in rows:
        click.echo(f"{name:<36}{value}")
