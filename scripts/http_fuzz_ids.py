#!/usr/bin/env python3
"""Writes a configuration for schemathesis in which most parameters are what a node really has: under a made-up id nothing is found, and
what lies behind the look-up is never reached.

usage: scripts/http_fuzz_ids.py URL >schemathesis.toml
"""

import json
import sys
import urllib.request

# How many of the parameters; the others are made up.
SHARE = 0.8
# Of what there is one for each entry, at most.
MANY = 200

url = sys.argv[1].rstrip("/")


def get(path):
    with urllib.request.urlopen(url + path, timeout=60) as answer:
        return json.load(answer)


def listed(path, rows, name="id"):
    return [row[name] for row in get(path)[rows]]


ledger = get("/v1/ledger")
heights = list(range(1, min(ledger["height"], MANY) + 1))
numbers = list(range(min(ledger["entries"], MANY) + 1))
digests = [entry["digest"] for height in heights for entry in get(f"/v1/blocks/{height}")["transactions"]][:MANY]
applications = listed("/v1/applications", "applications", "name")
kept = {name: listed(f"/v1/applications/{name}", "instances") for name in applications}

# For routes that match a pattern, or for all: what a parameter may be.
everywhere = {
    "path.log": listed("/v1/logs", "logs", "hash"),
    "path.height": heights,
    "path.level": [0, 1],
    # Of a tile that is not full the index has a slash, which schemathesis puts into no path.
    "path.index": ["000"],
    "path.digest": digests,
    "path.tracker": digests,
    "path.hash": listed("/v1/keys", "keys", "hash"),
    "path.board": listed("/v1/boards", "boards", "board"),
    "query.at": heights,
    **{f"query.{name}": numbers for name in ("leaf", "size", "from", "to")},
}
routes = {
    "^/v1/elections/": {"path.id": listed("/v1/elections", "elections")},
    "^/v1/assets/": {"path.id": listed("/v1/assets", "assets")},
    "^/v1/applications/[^/]*$": {"path.name": applications},
    "^/v1/applications/[^/]*/": {
        "path.name": [name for name in applications if kept[name]],
        "path.id": [instance for instances in kept.values() for instance in instances],
    },
}


def table(parameters, start):
    """The parameters, after the dictionaries that they refer to; of what there is none, all are made up."""
    bound = []
    for name, values in parameters.items():
        if values:
            dictionary = f"{start}-{name.replace('.', '-')}"
            print(f"[dictionaries.{dictionary}]\nvalues = {json.dumps(values)}")
            bound.append(f'"{name}" = {{ dictionary = "{dictionary}", probability = {SHARE} }}')
    return bound


written = [("[parameters]", table(everywhere, "all"))]
for number, (route, parameters) in enumerate(routes.items()):
    bound = table(parameters, f"route{number}")
    if bound:
        written.append((f"[[operations]]\ninclude-path-regex = '{route}'\n[operations.parameters]", bound))
for head, bound in written:
    print("\n".join([head, *bound]))
