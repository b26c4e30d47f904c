"""Each method has one colour, which stays, and which everybody can tell from the others."""

from __future__ import annotations

import itertools
import math

import pytest

from litsync.formats.colours import NEUTRAL, PALETTE, as_number, method_colours

# How eyes without one kind of cone see linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
OKABE_ITO = ("#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7")


def linear(colour):
    """Red, green and blue as amounts of light."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def oklab(light):
    """Where a colour lies in a space in which distances are what eyes see (Ottosson 2020)."""
    r, g, b = light
    lms = (
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
    )
    l_, m, s = (part ** (1 / 3) for part in lms)
    return (
        0.2104542553 * l_ + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l_ - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l_ + 0.7827717662 * m - 0.8086757660 * s,
    )


def seen(colour, eye):
    """The colour as that eye sees it."""
    light = linear(colour)
    return oklab([min(1, max(0, sum(w * part for w, part in zip(row, light, strict=True)))) for row in EYES[eye]])


def closest(colours, eye):
    """The distance of the two colours that are hardest to tell apart."""
    return min(math.dist(seen(a, eye), seen(b, eye)) for a, b in itertools.combinations(colours, 2))


def contrast(one, other):
    """The contrast of two colours as the accessibility guidelines count it."""
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))]
    return (max(light) + 0.05) / (min(light) + 0.05)


def test_the_palette_is_told_apart_by_every_eye():
    """Twelve colours and the neutral one are no closer to each other than the six of Okabe and Ito, for any eye."""
    floor = min(closest(OKABE_ITO, eye) for eye in EYES)
    assert min(closest((*PALETTE, NEUTRAL), eye) for eye in EYES) >= floor


def test_every_colour_can_be_seen_on_light_and_dark():
    """No colour vanishes on white or on the ground of a dark theme."""
    assert all(contrast(colour, ground) >= 2 for colour in (*PALETTE, NEUTRAL) for ground in ("#ffffff", "#1e1e1e"))


def test_a_method_keeps_its_colour_when_others_are_added():
    """Methods added at the end change no colour that was there."""
    names = [f"method-{number}" for number in range(60)]
    whole = method_colours(dict.fromkeys(names))
    for count in range(len(names)):
        some = method_colours(dict.fromkeys(names[:count]))
        assert some == {name: whole[name] for name in some}


def test_no_colour_is_used_twice_while_one_is_free():
    """Twelve methods have twelve colours; two thousand share them evenly."""
    few = method_colours(dict.fromkeys(f"m{number}" for number in range(12)))
    assert len(set(few.values())) == 12
    many = list(method_colours(dict.fromkeys(f"m{number}" for number in range(2000))).values())
    counts = [many.count(colour) for colour in PALETTE]
    assert max(counts) - min(counts) <= 1


def test_the_catalog_has_the_last_word():
    """A colour that the catalog gives is the method's, and changes no other method's."""
    plain = method_colours({"nerf": None, "gan": None})
    chosen = method_colours({"odd": "#ABCDEF", "nerf": None, "gan": None})
    assert chosen == {"odd": "#abcdef", **plain}


@pytest.mark.parametrize(("colour", "number"), [("#ffa800", 16754688), ("#000000", 0), ("#0077bb", 30651)])
def test_a_colour_as_obsidian_stores_it(colour, number):
    """Red, green and blue stand in one number."""
    assert as_number(colour) == number
