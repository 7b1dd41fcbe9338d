#!/usr/bin/env bash
# Has the hashes of the EPCIS events that we write computed by a program of others: the Python package epcis-event-hash-generator, in a
# folder of its own below target/.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(epcis-event-hash-generator==1.9.3 PyLD==3.3.0 cachetools==8.0.2 frozendict==2.5.1 lxml==6.1.3 python-dateutil==4.0.0)
tools=${CARGO_TARGET_DIR:-target}/epcis
if [ ! -f "$tools/.installed" ]; then
    echo "epcis: installing ${packages[*]} in $tools" >&2
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --no-deps "${packages[@]}"
    touch "$tools/.installed"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# With all tests, as they are built anyhow: alone, its dependencies would be built again for it.
cargo test --quiet --workspace --locked --no-run
"${CARGO_TARGET_DIR:-target}/debug/examples/epcis_events" "$folder"
"$tools/bin/python" scripts/epcis.py "$folder"/*.json
