"""Realistic catalogs of any size: about 700 bytes and 12 fields a paper, in the many styles people write.

Usage: python benchmarks/generate.py 1000 > catalog.yaml. The same size and seed give the same bytes.
"""

from __future__ import annotations

import random
import sys

_FAMILIES = "Guo Chen Liang Liu Bao Zhang Härkönen García Nguyễn Okafor Müller Suzuki Ivanova Kim Rossi Dubois".split()
_GIVEN = "Yudong Keyu Sen Yong-Jin Hujun Juyong Erik María Thị Chidi Jürgen Haruto Olga Minji Luca Amélie".split()
_WORDS = (
    "audio driven neural radiance fields talking head synthesis portrait flow guided one-shot generation implicit "
    "attribute learning controllable image rendering disentangled face style transfer semantic aware personalized"
).split()
_METHODS = ("nerf", "gan", "3dmm", "transformer", "dense-flow-warp", "pre-trained-strategy")
_PROLOGUE = """\
# A generated reading list; nothing in it is real.
title: A generated reading list
sections:
  base-models: Base generative models
  face-video: Face video generation
methods:
  nerf: {name: NeRF, aliases: [Neural radiance fields]}
  gan: {name: GAN}
  3dmm: {name: 3DMM, aliases: [3D morphable model]}
  transformer: {name: Transformer}
  dense-flow-warp: {name: Dense flow warp}
  pre-trained-strategy: {name: Pre-trained strategy}
papers:
"""


def catalog(papers: int, seed: int = 1) -> str:
    """A catalog of that many papers."""
    rng = random.Random(seed)
    return _PROLOGUE + "".join(_paper(rng, number) for number in range(1, papers + 1))


def _paper(rng: random.Random, number: int) -> str:
    words = rng.sample(_WORDS, 8)
    year, month = rng.randint(2014, 2026), rng.randint(1, 12)
    family = rng.choice(_FAMILIES)
    key = f"p{number}{family.encode('ascii', 'ignore').decode().lower()}{year}{words[0].replace('-', '')}"
    title = " ".join(words).capitalize()
    head = [f"  - id: {key}", f"    type: {rng.choice(['conferencePaper', 'journalArticle', 'preprint'])}"]
    quoted = rng.choice(['"{}: {}"', "'{}: {}'"]).format(words[1].upper(), title)
    lines = [*head, f"    title: {rng.choice([quoted, title])}", *_authors(rng, family)]
    lines += [
        f"    date: {rng.choice([f'{year}', f'{year}-{month:02d}', f'{year}-{month:02d}-11'])}",
        f"    venue: Proceedings of the {year} Conference on {words[2].capitalize()} and {words[3].capitalize()}",
        f"    pages: {number}-{number + 9}",
        f"    doi: 10.{rng.randint(1000, 9999)}/gen.{year}.{number}",
        f'    arxiv: "{year % 100:02d}{month:02d}.{number % 100000:05d}"',
        f"    url: https://arxiv.org/abs/{year % 100:02d}{month:02d}.{number % 100000:05d}",
    ]
    if rng.random() < 0.6:
        lines.append(f"    code: https://github.com/{family.encode('ascii', 'ignore').decode().lower()}/{key}")
    lines += [f"    number: {number}", f"    sections: [{rng.choice(['base-models', 'face-video'])}]"]
    methods = rng.sample(_METHODS, rng.randint(0, 3))
    lines.append(f"    methods: [{', '.join(methods)}]")
    lines += ["    tags:", *(f"      - {tag}" for tag in rng.sample(_WORDS, 2))]
    if rng.random() < 0.5:
        lines.append(f"    status: {rng.choice(['to-read', 'reading', 'read'])}  # {rng.choice(_WORDS)}")
    comment = ["", f"  # {' '.join(rng.sample(_WORDS, 4))}"] if rng.random() < 0.3 else []
    return "\n".join([*comment, *lines]) + "\n"


def _authors(rng: random.Random, family: str) -> list[str]:
    names = [f"{rng.choice(_GIVEN)} {family}", *(f"{rng.choice(_GIVEN)} {rng.choice(_FAMILIES)}" for _ in range(4))]
    if rng.random() < 0.5:
        return [f"    authors: [{', '.join(names)}]"]
    return ["    authors:", *(f"      - {name}" for name in names)]


if __name__ == "__main__":
    sys.stdout.write(catalog(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
