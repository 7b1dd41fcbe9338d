#!/usr/bin/env python3
"""Draws the time of a proof, ours and stock arkworks', against the number of constraints and against that of threads.

usage: figure.py [--measure]    with it, measures first (target/peers/release/tabella-peers; some minutes for each number of threads)

From target/sizes.json to docs/figures/proving.svg. All axes are logarithmic. Threads are 1, 2, 4 … as many as there are processors.
"""

import json
import math
import pathlib
import sys

import compare

ROWS = compare.ROOT / "target/sizes.json"
FIGURE = compare.ROOT / "docs/figures/proving.svg"
WIDTH, HEIGHT, TOP, BOTTOM = 860, 440, 56, 50
OURS, THEIRS = "#1f5fa8", "#b4543a"
THREADS = [1 << power for power in range(len(compare.CPUS).bit_length()) if 1 << power <= len(compare.CPUS)]
SIZES = [14, 17]  # in the panel of threads: that of a Transfer, and a large one


def measure():
    rows = [row for threads in THREADS for row in compare.rust(threads, ["sizes"])]
    ROWS.write_text(json.dumps(rows, indent=1) + "\n")


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{words}</text>'


class Panel:
    """A plot from `left` to `right` whose lines have their names at their right ends."""

    def __init__(self, left, right, ticks, title, low, high):
        self.left, self.right, self.ticks, self.low, self.high = left, right, ticks, low, high
        self.parts, self.labels = [text((left + right) / 2, HEIGHT - 12, title, 'text-anchor="middle"')], []
        for value, label in ticks:
            self.parts += [f'<path d="M{self.x(value):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>',
                           text(self.x(value), HEIGHT - BOTTOM + 18, label, 'text-anchor="middle"')]
        for power in range(low, high + 1):
            label = f"{10 ** power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"
            self.parts += [f'<path d="M{left} {self.y(10 ** power):.1f}H{right}" stroke="#ddd"/>',
                           text(left - 8, self.y(10 ** power) + 4, label, 'text-anchor="end"')]

    def x(self, value):
        least, most = self.ticks[0][0], self.ticks[-1][0]
        return self.left + (self.right - self.left) * (value - least) / max(most - least, 1)

    def y(self, ms):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(ms) - self.low) / (self.high - self.low)

    def line(self, points, name, colour, dash=""):
        at = " ".join(f"{self.x(value):.1f},{self.y(ms):.1f}" for value, ms in points)
        self.parts.append(f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        self.parts += [f'<circle cx="{self.x(value):.1f}" cy="{self.y(ms):.1f}" r="2.5" fill="{colour}"/>' for value, ms in points]
        self.labels.append([self.y(points[-1][1]) + 4, name, colour])

    def drawn(self):
        self.labels.sort()
        for above, label in zip(self.labels, self.labels[1:]):
            label[0] = max(label[0], above[0] + 15)
        return self.parts + [text(self.right + 8, y, name, f'fill="{colour}"') for y, name, colour in self.labels]


def draw(rows):
    sized = [(int(row["name"].split("^")[1]), row) for row in rows]
    sizes = sorted({size for size, _ in sized})
    threads = sorted({row["threads"] for row in rows})
    times = [row[side] for row in rows for side in ("ours_ms", "theirs_ms")]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    exponent = lambda log: f'2<tspan dy="-5" font-size="9">{log}</tspan>'
    left = Panel(60, 330, [(size, exponent(size)) for size in sizes], "constraints", low, high)
    right = Panel(560, 700, [(math.log2(count), str(count)) for count in threads], "threads", low, high)
    for side, who, colour in (("theirs_ms", "ark-groth16 0.6", THEIRS), ("ours_ms", "Tabella", OURS)):
        for count in (threads[0], threads[-1])[:len(threads)]:
            points = sorted((size, row[side]) for size, row in sized if row["threads"] == count)
            left.line(points, f"{who}, {count} thread{'s' * (count > 1)}", colour, "6 4" if count > 1 else "")
        for size in SIZES:
            points = sorted((math.log2(row["threads"]), row[side]) for other, row in sized if other == size)
            if points:
                right.line(points, f"{who}, {exponent(size)}", colour, "6 4" if size == SIZES[0] else "")
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
           "<title>Time of a Groth16 proof against constraints and threads</title>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           text(60, 26, "From a circuit and its witness to a Groth16 proof on BLS12-381", 'font-size="14"'),
           *left.drawn(), *right.drawn(), "</svg>"]
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text("\n".join(svg) + "\n")
    print(FIGURE)


if __name__ == "__main__":
    if "--measure" in sys.argv[1:]:
        measure()
    draw(json.loads(pathlib.Path(ROWS).read_text()))
