"""`vladva toyland`: draw scenes with captions and facts into a folder."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", type=click.IntRange(1), default=1000, help="How many scenes.")
@click.option("--seed", type=int, default=0, help="Which ones; the same seed draws the same.")
@click.option("--size", type=click.IntRange(32, 2048), default=256, help="Pixels a side.")
def toyland(folder: Path, count: int, seed: int, size: int) -> None:
    """Draw scenes with captions and facts into a folder.

    JPEGs with EXIF, a caption beside each, and scenes.jsonl with every fact.
    """
    from vladva.app.present_progress import bar
    from vladva.toyland.write import write

    with bar("Drawing") as ticker:
        for scene in write(folder, count, "test", seed, size):
            ticker.to(scene.done, scene.total)
    click.echo(f"Drew {count:,} scenes into {folder}.")
