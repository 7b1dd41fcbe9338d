#!/usr/bin/env bash
# Prints the path of a Python with pairings for the second verifier: the package py_ecc, in a folder of its own below target/.
set -euo pipefail
cd "$(dirname "$0")/.."

# With all that it imports.
packages=(py-ecc==8.0.0 eth-typing==6.0.0 eth-utils==6.0.0 eth-hash==0.8.0 cytoolz==1.2.0 toolz==1.2.0 pydantic==2.14.4
    pydantic_core==2.50.5 annotated-types==0.8.0 typing_extensions==4.16.0 typing-inspection==0.4.5)
tools=$(realpath -m "${CARGO_TARGET_DIR:-target}/pairings")
if [ "$(cat "$tools/.installed" 2>/dev/null)" != "${packages[*]}" ]; then
    echo "pairings: installing ${packages[*]} in $tools" >&2
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install -q --no-deps "${packages[@]}"
    echo "${packages[*]}" >"$tools/.installed"
fi
echo "$tools/bin/python"
