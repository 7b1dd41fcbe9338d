#!/usr/bin/env bash
# Fetches the published table of 53,940 diamonds (ggplot2's, as the Python package plotnine has it) into a folder below target/, and
# prints its path. Nothing of the package is installed or run.
set -euo pipefail
cd "$(dirname "$0")/.."

package=plotnine==0.15.9
digest=9574730b03aba241d899c4a97511c5061b19358fab89510774fb6c24168345c4
folder=${CARGO_TARGET_DIR:-target}/diamonds
table=$folder/diamonds.csv
if [ ! -f "$table" ]; then
    echo "diamonds: fetching the table from the package $package" >&2
    mkdir -p "$folder"
    python3 -m pip download -q --no-deps --only-binary :all: --dest "$folder" "$package" >&2
    python3 - "$folder" <<'PYTHON'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
[wheel] = folder.glob("plotnine-*.whl")
(folder / "diamonds.new").write_bytes(zipfile.ZipFile(wheel).read("plotnine/data/diamonds.csv"))
PYTHON
    echo "$digest  $folder/diamonds.new" | sha256sum --check --quiet >&2
    mv "$folder/diamonds.new" "$table"
fi
echo "$table"
