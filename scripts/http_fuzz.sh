#!/usr/bin/env bash
# Fuzzes nodes over HTTP by their OpenAPI description: no answer may be a server's error. One has an empty ledger; the other's has a
# finished election, an asset, and a market of an application, and most requests name what is there. With schemathesis, in a folder of
# its own below target/.
#
# usage: scripts/http_fuzz.sh [PATH_TO_TABELLA] [DATA_FOLDER]     (with a data folder, only the node on that)
set -euo pipefail
cd "$(dirname "$0")/.."

schemathesis_version=4.32.5
examples=${EXAMPLES:-15}
ballots=${BALLOTS:-12}
tabella=$(realpath "${1:-target/debug/tabella}")
mkdir -p "${CARGO_TARGET_DIR:-target}"
tools=$(realpath "${CARGO_TARGET_DIR:-target}")/schemathesis
folder=$(mktemp -d)
node=
trap '[ -z "$node" ] || kill "$node" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

if [ ! -x "$tools/bin/schemathesis" ]; then
    echo "http_fuzz: installing schemathesis $schemathesis_version in $tools" >&2
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q "schemathesis==$schemathesis_version"
fi

# What limits an address would end the fuzzing.
export TABELLA_NODE_LIMITS__REQUESTS_PER_SECOND=100000 TABELLA_NODE_LIMITS__REQUESTS_BURST=100000
export TABELLA_NODE_LIMITS__SUBMISSIONS_PER_SECOND=100000 TABELLA_NODE_LIMITS__SUBMISSIONS_BURST=100000
export TABELLA_NODE_LIMITS__POSTS_PER_SECOND=100000 TABELLA_NODE_LIMITS__POSTS_BURST=100000
export TABELLA_NODE_LOG__LEVEL=error
# The ledgers are those of this script, whatever its caller has chosen.
unset TABELLA_LEDGER TABELLA_PRODUCTION TABELLA_PASSPHRASE TABELLA_LEDGER_PASSPHRASE

# One member of a result in JSON.
member() { python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1"; }

# Makes a ledger with something in it, in the data folder $1.
fill() {
    mkdir "$folder/work"
    (cd "$folder/work" && "$tabella" demo --no-serve --limit "$ballots" >"$folder/log" 2>&1) || { cat "$folder/log" >&2; return 1; }
    mv "$folder/work/demo-election" "$1"
    local issuer=(env TABELLA_HOME="$folder/home" TABELLA_PASSPHRASE="only for fuzzing" TABELLA_INSECURE_FAST_KEY_FILES=1
        "$tabella" --json --ledger "$1/ledger")
    local address first second
    address=$("${issuer[@]}" wallet new | member address)
    "${issuer[@]}" asset new-issuer >/dev/null
    "${issuer[@]}" asset issue --name Crown --decimals 2 --cap 1000 --to "$address" --amount 50.00 >/dev/null
    first=$("${issuer[@]}" energy key --number 1 | member keys)
    second=$("${issuer[@]}" energy key --number 2 | member keys)
    "${issuer[@]}" energy open --name "Elm Street" --payment Crown --tick 0.01 --max-price 0.20 --interval 60 \
        --collector "$first" --collector "$second" >/dev/null
}

# Fuzzes a node on the data folder $1, which it makes if there is none.
fuzz() {
    rm -f "$folder/out"
    "$tabella" --json serve --listen 127.0.0.1:0 --data "$1" >"$folder/out" 2>"$folder/log" &
    node=$!
    for _ in $(seq 300); do
        [ -s "$folder/out" ] && break
        kill -0 "$node" 2>/dev/null || { cat "$folder/log" >&2; return 1; }
        sleep 0.2
    done
    local url
    url=$(member url <"$folder/out")
    scripts/http_fuzz_ids.py "$url" >"$folder/schemathesis.toml"
    # A stream of events does not end, so that it is left out. What the tool keeps, it keeps where it runs.
    (cd "$folder" && "$tools/bin/schemathesis" --config-file schemathesis.toml run "${url}openapi.json" --url "${url%/}" \
        --checks not_a_server_error --max-examples "$examples" --exclude-path /v1/events --request-timeout 20 --no-color)
    kill "$node"
    wait "$node" || { echo "http_fuzz: the node did not stop as it should" >&2; return 1; }
    node=
    # A fault that was answered otherwise is in the log.
    if grep -E "panicked|internal error" "$folder/log"; then
        echo "http_fuzz: the node's log tells of a fault" >&2
        return 1
    fi
}

if [ $# -gt 1 ]; then
    fuzz "$2"
    exit
fi
echo "http_fuzz: an empty ledger"
fuzz "$folder/empty"
echo "http_fuzz: a ledger with an election of $ballots ballots, an asset, and a market"
fill "$folder/filled"
fuzz "$folder/filled"
