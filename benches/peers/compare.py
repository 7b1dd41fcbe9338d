#!/usr/bin/env python3
"""Tabella beside its peers: the same work on the same machine, in turns, medians. `make bench-peers` builds what this needs.

usage: compare.py [SOURCE…]     some of the sources below; without any, all. Rows of other sources are kept from last time.

Writes target/peers.json and prints the table. A source is a function that yields rows; to add a row, add one.
A row has name, against, ours_ms, theirs_ms, ratio (theirs through ours), bar, bar_is_of, threads, ifma, differs. The bar is
the least that the ratio may be, or where bar_is_of is "ours_ms" the most that our time may be. A row of memory has ours_mib
and theirs_mib, and no times; its ratio is ours through theirs, and the bar is the most that it may be ("ours_mib"). Of a source
that fails, what it measured before stays, and a row says "failed": nothing is dropped. The exit code is then 1.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = pathlib.Path(os.environ.get("TABELLA_PEERS", ROOT / "target/peers/release/tabella-peers"))
OUTPUT = ROOT / "target/peers.json"
CPUS = sorted(os.sched_getaffinity(0))
IFMA = "avx512ifma" in pathlib.Path("/proc/cpuinfo").read_text() and "TABELLA_ARITHMETIC" not in os.environ


def process(command, threads, **environment):
    """Arguments for a process of so many threads: rayon's are told, others see only so many processors."""
    return {
        "args": [str(part) for part in command],
        "env": os.environ | {"RAYON_NUM_THREADS": str(threads)} | environment,
        "preexec_fn": lambda: os.sched_setaffinity(0, CPUS[-threads:]),
        "text": True,
    }


def rust(threads, groups, **environment):
    """Rows of the Rust peers, which share a process with us."""
    child = subprocess.Popen(**process([PEERS, *groups], threads, **environment), stdout=subprocess.PIPE)
    for line in child.stdout:
        yield json.loads(line)
    if child.wait() != 0:
        raise RuntimeError(f"{PEERS} {' '.join(groups)} failed")


def one_thread():
    yield from rust(1, ["chain", "shapes", "msm", "verify", "batch", "poseidon", "sapling", "orchard", "delegation"])


def two_threads():
    yield from rust(2, ["chain", "shapes", "sapling", "orchard", "delegation"])


def without_avx512():
    for threads in (1, 2):
        yield from rust(threads, ["shapes"], TABELLA_ARITHMETIC="avx2")


def semaphore():
    """Two processes that take turns, a line for each proof."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 1}
    ours = subprocess.Popen(**process([PEERS, "serve"], 2), **pipes)
    theirs = subprocess.Popen(**process(["node", HERE / "semaphore/prove.mjs"], 2), **pipes)

    def turn(child):
        child.stdin.write("\n")
        return float(child.stdout.readline())

    times = [(turn(ours), turn(theirs)) for _ in range(16)][1:]
    for child in (ours, theirs):
        child.stdin.close()
        child.wait()
    a, b = (statistics.median(column) for column in zip(*times))
    yield {"name": "Cast proof", "against": "Semaphore v4 depth 20, Node", "ours_ms": a, "theirs_ms": b, "ratio": b / a,
           "bar": 7, "bar_is_of": "ratio", "threads": 2, "ifma": IFMA, "runs": len(times),
           "differs": "theirs: membership and a nullifier, on BN254, in WebAssembly; ours: a weight, escrows and a re-randomised "
                      "key besides, on BLS12-381, native, and the proof is verified"}


def memory():
    def peak(side):
        return int(subprocess.run(**process([PEERS, "memory", side], 2), stdout=subprocess.PIPE, check=True).stdout) / 1024

    subprocess.run(**process([PEERS, "memory", "prepare"], 2), check=True)
    times = [(peak("ours"), peak("stock")) for _ in range(3)]
    a, b = (statistics.median(column) for column in zip(*times))
    yield {"name": "peak memory, one Transfer proof", "against": "ark-groth16 0.6", "ours_ms": None, "theirs_ms": None,
           "ours_mib": a, "theirs_mib": b, "ratio": a / b, "bar": 1.5, "bar_is_of": "ours_mib", "threads": 2, "ifma": IFMA, "runs": len(times),
           "differs": "whole process, key from a file; ours compares the file's hash"}


def belenios():
    output = subprocess.run([str(HERE / "belenios.sh")], stdout=subprocess.PIPE, text=True, check=True).stdout
    yield {"against": "belenios-tool election verify", "bar_is_of": "ratio",
           "differs": "see benches/peers/belenios.sh"} | json.loads(output.splitlines()[-1])


def chromium():
    """Rows of a page that has both provers in one module of WebAssembly."""
    output = subprocess.run(["node", HERE / "wasm/run.mjs"], stdout=subprocess.PIPE, text=True, check=True).stdout
    yield from map(json.loads, output.splitlines())


SOURCES = [one_thread, two_threads, without_avx512, semaphore, memory, belenios, chromium]


def missed(row):
    return {"ratio": row["ratio"] < row["bar"], "ours_mib": row["ratio"] > row["bar"],
            "ours_ms": (row["ours_ms"] or 0) > row["bar"]}[row["bar_is_of"]]


def bar(row):
    return {"ratio": "{:g} x", "ours_mib": "<= {:g} x", "ours_ms": "<= {:g} ms"}[row["bar_is_of"]].format(row["bar"])


def number(value):
    return f"{value:,.{4 if value < 0.1 else 3 if value < 10 else 1}f}"


def table(rows):
    head = ("what", "beside", "threads", "IFMA", "ours", "theirs", "ratio", "bar", "")
    lines = [head] + [
        (row["name"], row["against"], "", "", "", "", "", "", "NOT MEASURED: " + row["failed"]) if "failed" in row else
        (row["name"], row["against"], str(row["threads"]), "on" if row["ifma"] else "off",
         number(row["ours_mib"]) + " MiB" if "ours_mib" in row else number(row["ours_ms"]) + " ms",
         number(row["theirs_mib"]) + " MiB" if "ours_mib" in row else number(row["theirs_ms"]) + " ms",
         f"{row['ratio']:.2f}", bar(row), "MISSED" if missed(row) else "")
        for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    aligned = ["  ".join(cell.rjust(width) if 2 <= i <= 7 else cell.ljust(width)
                         for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
    return "\n".join([aligned[0], "-" * sum(widths), *aligned[1:]])


def main(names):
    known = {source.__name__: source for source in SOURCES}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"unknown: {', '.join(unknown)}; there are: {', '.join(known)}")
    results = {}
    if names and OUTPUT.exists():
        for row in json.loads(OUTPUT.read_text())["rows"]:
            results.setdefault(row["source"], []).append(row)
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    rows = []
    for name in names or known:
        results[name] = []
        try:
            for row in known[name]():
                results[name].append(row | {"source": name})
        except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            results[name].append({"name": name, "against": "", "failed": str(error), "source": name, "differs": ""})
        rows = [row for source in known for row in results.get(source, [])]
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        OUTPUT.write_text(json.dumps({"machine": {"processor": model, "cores": len(CPUS)}, "rows": rows}, indent=1) + "\n")
    print(f"{model}, {len(CPUS)} cores; medians of runs in turns\n\n{table(rows)}\n\nWhat differs:")
    for text in dict.fromkeys(f"  {row['against']}: {row['differs']}" for row in rows if row["differs"]):
        print(text)
    failures = sum("failed" in row for row in rows)
    count = sum(missed(row) for row in rows if "failed" not in row)
    print(f"\n{len(rows)} rows, {count} below their bar, {failures} sources failed; {OUTPUT}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
