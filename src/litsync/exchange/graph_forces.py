"""How bodies that are tied by springs come to rest without overlapping, and how parts are packed into one picture.

Decides positions from sizes and springs alone. Everything is plain arithmetic in a fixed order (and what trigonometry
gives is rounded), so that the result is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt

from litsync.exchange.classification import Method, Paper

_GAP, _APART = 34.0, 18.0
"""The length of a spring beyond the bodies it ties, and the room between two bodies."""
_CROWD = 80
"""With more methods than this, they only push when they touch: looking at all pairs would take too long."""
_TRIES = 16
"""Widths that are tried before the best filled picture is taken."""
_TURN = pi * (3 - sqrt(5))


@dataclass(slots=True)
class Body:
    """Something with a size that must not overlap another: a method with its name, or a stack of papers.

    `x` and `y` are its middle; `head` is the height of its heading. A heavier body moves less.
    """

    width: float
    height: float
    method: Method | None = None
    papers: Sequence[Paper] = ()
    columns: int = 1
    head: float = 0.0
    x: float = 0.0
    y: float = 0.0
    weight: float = 1.0


Spring = tuple[int, int]
"""The numbers of a method and of what it is tied to."""


def settle(bodies: list[Body], springs: Sequence[Spring]) -> list[Body]:
    """The bodies stand where their springs are about at rest, and none overlaps another."""
    if len(bodies) < 2:
        return bodies
    _start(bodies, springs)
    steps = 400 if len(bodies) <= 60 else max(40, 24_000 // len(bodies))
    hubs = [body for body in bodies if body.method is not None]
    alone = _of_one_method(bodies, springs)
    for step in range(steps):
        _push_hubs(hubs, 1 - step / steps)
        _pull(bodies, springs, 0.35 * (1 - step / steps))
        _level(bodies, alone, 0.08 * (1 - step / steps))
        _part(bodies, 0.5)
    for _ in range(max(40, 60_000 // len(bodies))):
        if not _part(bodies, 1.0):
            break
    return bodies


# ── where to start ───────────────────────────────────────────────────────────────────────────────────────────────


def _start(bodies: Sequence[Body], springs: Sequence[Spring]) -> None:
    """Methods in a round, those that share papers side by side; stacks between their methods, or outside of their one."""
    tied: dict[int, list[int]] = {number: [] for number in range(len(bodies))}
    for one, other in springs:
        tied[one].append(other)
        tied[other].append(one)
    hubs = _in_company([n for n, body in enumerate(bodies) if body.method is not None], tied, bodies)
    for number, (x, y) in zip(
        hubs, _ring(len(hubs)) if len(hubs) <= _CROWD else _spiral(len(hubs), bodies), strict=True
    ):
        bodies[number].x, bodies[number].y = round(x, 3), round(y, 3)
    for number, body in enumerate(bodies):
        if body.method is None:
            _start_stack(body, [bodies[hub] for hub in tied[number]], number)


def _ring(count: int) -> Iterator[tuple[float, float]]:
    reach = 0.0 if count < 2 else 60.0 * (count + 1)
    for place in range(count):
        angle = 2 * pi * place / count
        yield reach * 1.4 * cos(angle), reach * sin(angle)


def _spiral(count: int, bodies: Sequence[Body]) -> Iterator[tuple[float, float]]:
    """Many methods fill a disc, about as large as all bodies need, and still stand beside those that they follow."""
    step = sqrt(1.5 * sum((body.width + _APART) * (body.height + _APART) for body in bodies) / count)
    for place in range(count):
        reach, angle = step * sqrt(place / pi), 2 * sqrt(pi * place)
        yield reach * 1.2 * cos(angle), reach * sin(angle)


def _start_stack(stack: Body, hubs: Sequence[Body], number: int) -> None:
    count = max(1, len(hubs))
    stack.x = sum(hub.x for hub in hubs) / count + round(30 * cos(number * _TURN), 3)
    stack.y = sum(hub.y for hub in hubs) / count + round(30 * sin(number * _TURN), 3)
    if len(hubs) == 1:
        stack.x += (hubs[0].width + stack.width) * (0.7 if hubs[0].x >= 0 else -0.7)


def _in_company(hubs: list[int], tied: dict[int, list[int]], bodies: Sequence[Body]) -> list[int]:
    """The hubs in an order in which each follows the one that it shares most with."""
    if not hubs:
        return []
    near: dict[int, dict[int, int]] = {hub: {} for hub in hubs}
    for number, ends in tied.items():
        group = ends if bodies[number].method is None else [number, *ends]
        for one in group:
            for other in group:
                if one != other and one in near and other in near:
                    near[one][other] = near[one].get(other, 0) + max(1, len(bodies[number].papers))
    rest = dict.fromkeys(sorted(hubs, key=lambda hub: (-bodies[hub].weight, hub)))
    order = [next(iter(rest))]
    del rest[order[0]]
    while rest:
        shared = near[order[-1]]
        following = max((hub for hub in shared if hub in rest), key=shared.__getitem__, default=next(iter(rest)))
        order.append(following)
        del rest[following]
    return order


# ── one step ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _push_hubs(hubs: Sequence[Body], strength: float) -> None:
    """Methods keep a distance from each other that leaves room for what is between them."""
    if len(hubs) > _CROWD:
        return
    for number, one in enumerate(hubs):
        for other in hubs[:number]:
            x, y = one.x - other.x, (one.y - other.y) * 1.3
            square = x * x + y * y + 1
            push = min(20.0, 160_000 * strength / square) / sqrt(square)
            one.x, one.y = one.x + x * push, one.y + y * push
            other.x, other.y = other.x - x * push, other.y - y * push


def _pull(bodies: Sequence[Body], springs: Sequence[Spring], strength: float) -> None:
    for first, second in springs:
        one, other = bodies[first], bodies[second]
        x, y = other.x - one.x, other.y - one.y
        length = sqrt(x * x + y * y) or 1.0
        rest = _half(one, x, y) + _half(other, x, y) + _GAP
        pull = strength * (length - rest) / length / (one.weight + other.weight)
        one.x, one.y = one.x + x * pull * other.weight, one.y + y * pull * other.weight
        other.x, other.y = other.x - x * pull * one.weight, other.y - y * pull * one.weight


def _of_one_method(bodies: Sequence[Body], springs: Sequence[Spring]) -> list[Spring]:
    """The springs of the stacks that have one only."""
    count: dict[int, int] = {}
    for _, end in springs:
        count[end] = count.get(end, 0) + 1
    return [(hub, end) for hub, end in springs if count[end] == 1 and bodies[end].method is None]


def _level(bodies: Sequence[Body], springs: Sequence[Spring], strength: float) -> None:
    """A stack of one method comes to stand beside it: there its rows are reached without detours."""
    for hub, stack in springs:
        bodies[stack].y += (bodies[hub].y - bodies[stack].y) * strength


def _half(body: Body, x: float, y: float) -> float:
    """How far the body reaches from its middle into the direction x, y."""
    length = sqrt(x * x + y * y) or 1.0
    across = body.width / 2 * length / abs(x) if x else body.width + body.height
    down = body.height / 2 * length / abs(y) if y else body.width + body.height
    return min(across, down)


def _part(bodies: Sequence[Body], strength: float) -> bool:
    """Push apart what overlaps, the shorter way; False when nothing did."""
    found = False
    for one, other in list(_touching(bodies)):
        x, y = other.x - one.x, other.y - one.y
        across = (one.width + other.width) / 2 + _APART - abs(x)
        down = (one.height + other.height) / 2 + _APART - abs(y)
        if across <= 0 or down <= 0:
            continue
        found = True
        if across < down:
            step = (across * strength + 0.01) / 2 * (1 if x >= 0 else -1)
            one.x, other.x = one.x - step, other.x + step
        else:
            step = (down * strength + 0.01) / 2 * (1 if y >= 0 else -1)
            one.y, other.y = one.y - step, other.y + step
    return found


def _touching(bodies: Sequence[Body]) -> Iterator[tuple[Body, Body]]:
    """The pairs whose boxes, with the room they need, overlap: a sweep from left to right."""
    order = sorted(bodies, key=lambda body: body.x - body.width / 2)
    open_bodies: list[Body] = []
    for body in order:
        left = body.x - body.width / 2 - _APART
        open_bodies = [one for one in open_bodies if one.x + one.width / 2 > left]
        for one in open_bodies:
            if abs(one.y - body.y) < (one.height + body.height) / 2 + _APART:
                yield one, body
        open_bodies.append(body)


# ── packing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def pack(parts: Sequence[Sequence[Body]], margin: float, wide: float) -> tuple[float, float]:
    """Put the parts side by side into a picture about `wide` times wider than high; returns its width and height."""
    boxes = [(part, *_bounds(part)) for part in parts if part]
    boxes.sort(key=lambda box: -(box[4] - box[2]))
    sizes = [(right - left + margin, bottom - top + margin) for _, left, top, right, bottom in boxes]
    widest = max((width for width, _ in sizes), default=0.0)
    area = sqrt(wide * sum(width * height for width, height in sizes))
    tries = [_packed(sizes, max(widest, area * (0.8 + 0.05 * step))) for step in range(_TRIES)]
    places = min(tries, key=lambda places: _filled(places, sizes, wide))
    for (part, left, top, _, _), (x, y) in zip(boxes, places, strict=True):
        for body in part:
            body.x, body.y = body.x - left + x + margin, body.y - top + y + margin
    right, bottom = _corner(places, sizes)
    return right + margin, bottom + margin


def _packed(sizes: Sequence[tuple[float, float]], most: float) -> list[tuple[float, float]]:
    """Where boxes of these sizes stand in a picture that is not wider than `most`."""
    skyline, places = [(0.0, 0.0, most)], []
    for width, height in sizes:
        x, y = _lowest(skyline, width, most)
        skyline = _raised(skyline, x, x + width, y + height)
        places.append((x, y))
    return places


def _corner(places: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]]) -> tuple[float, float]:
    ends = [(x + width, y + height) for (x, y), (width, height) in zip(places, sizes, strict=True)]
    return max((x for x, _ in ends), default=0.0), max((y for _, y in ends), default=0.0)


def _filled(places: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]], wide: float) -> float:
    """How large a window of that shape must be to show all."""
    right, bottom = _corner(places, sizes)
    return max(right, bottom * wide)


def _bounds(part: Sequence[Body]) -> tuple[float, float, float, float]:
    return (
        min(body.x - body.width / 2 for body in part),
        min(body.y - body.height / 2 for body in part),
        max(body.x + body.width / 2 for body in part),
        max(body.y + body.height / 2 for body in part),
    )


_Skyline = list[tuple[float, float, float]]
"""How far down the picture is filled: from x, y, up to x."""


def _lowest(skyline: _Skyline, width: float, most: float) -> tuple[float, float]:
    """The highest free place in the picture that is wide enough; of several the leftmost."""
    places = []
    for start, _, _ in skyline:
        if start + width <= most + 0.001:
            top = max(y for x, y, end in skyline if x < start + width - 0.001 and end > start)
            places.append((top, start))
    y, x = min(places)
    return x, y


def _raised(skyline: _Skyline, left: float, right: float, y: float) -> _Skyline:
    rest = []
    for start, height, end in skyline:
        if start < left:
            rest.append((start, height, min(end, left)))
        if end > right:
            rest.append((max(start, right), height, end))
    return sorted([*rest, (left, y, right)])
