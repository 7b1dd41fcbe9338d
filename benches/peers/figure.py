#!/usr/bin/env python3
"""Draws the time of a proof against the number of constraints, ours and stock arkworks', on one thread and on two.

usage: figure.py [--measure]    with it, measures first (target/peers/release/tabella-peers; some minutes)

From target/sizes.json to docs/figures/proving.svg. Both axes are logarithmic.
"""

import json
import math
import pathlib
import sys

import compare

ROWS = compare.ROOT / "target/sizes.json"
FIGURE = compare.ROOT / "docs/figures/proving.svg"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 440, 70, 190, 40, 50
LINES = [("theirs_ms", 1, "ark-groth16, 1 thread", "#b4543a", ""), ("theirs_ms", 2, "ark-groth16, 2 threads", "#b4543a", "6 4"),
         ("ours_ms", 1, "Tabella, 1 thread", "#1f5fa8", ""), ("ours_ms", 2, "Tabella, 2 threads", "#1f5fa8", "6 4")]


def measure():
    rows = [row for threads in (1, 2) for row in compare.rust(threads, ["sizes"])]
    ROWS.write_text(json.dumps(rows, indent=1) + "\n")


def draw(rows):
    size = {id(row): int(row["name"].split("^")[1]) for row in rows}
    least, most = min(size.values()), max(size.values())
    times = [row[side] for row in rows for side in ("ours_ms", "theirs_ms")]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    x = lambda log: LEFT + (WIDTH - LEFT - RIGHT) * (log - least) / (most - least)
    y = lambda ms: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(ms) - low) / (high - low)
    text = lambda at, to, words, more="": f'<text x="{at:.1f}" y="{to:.1f}" {more}>{words}</text>'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(LEFT, 22, "Circuit with its witness to a Groth16 proof on BLS12-381", 'font-size="14"')]
    for log in range(least, most + 1):
        parts += [f'<path d="M{x(log):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>',
                  text(x(log), HEIGHT - BOTTOM + 18, f'2<tspan dy="-5" font-size="9">{log}</tspan>', 'text-anchor="middle"')]
    for power in range(low, high + 1):
        label = f"{10 ** power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"
        parts += [f'<path d="M{LEFT} {y(10 ** power):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>',
                  text(LEFT - 8, y(10 ** power) + 4, label, 'text-anchor="end"')]
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "constraints", 'text-anchor="middle"'))
    labels = []
    for side, threads, name, colour, dash in LINES:
        points = sorted((size[id(row)], row[side]) for row in rows if row["threads"] == threads)
        if not points:
            continue
        line = " ".join(f"{x(log):.1f},{y(ms):.1f}" for log, ms in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        parts += [f'<circle cx="{x(log):.1f}" cy="{y(ms):.1f}" r="2.5" fill="{colour}"/>' for log, ms in points]
        labels.append([y(points[-1][1]) + 4, name, colour])
    labels.sort()
    for above, label in zip(labels, labels[1:]):
        label[0] = max(label[0], above[0] + 15)
    parts += [text(WIDTH - RIGHT + 8, to, name, f'fill="{colour}"') for to, name, colour in labels]
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text("\n".join(parts) + "\n</svg>\n")
    print(FIGURE)


if __name__ == "__main__":
    if "--measure" in sys.argv[1:]:
        measure()
    draw(json.loads(pathlib.Path(ROWS).read_text()))
