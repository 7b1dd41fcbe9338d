#!/usr/bin/env bash
# Fuzzes a node over HTTP by its OpenAPI description: no answer may be a server's error. With schemathesis, in a folder of its
# own below target/.
#
# usage: scripts/http_fuzz.sh [PATH_TO_TABELLA] [DATA_FOLDER]     (a data folder, as of a demonstration, gives more to find)
set -euo pipefail
cd "$(dirname "$0")/.."

schemathesis_version=4.32.5
examples=${EXAMPLES:-15}
tabella=${1:-target/debug/tabella}
tools=${CARGO_TARGET_DIR:-target}/schemathesis
folder=$(mktemp -d)
data=${2:-$folder/data}

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

"$tabella" --json serve --listen 127.0.0.1:0 --data "$data" >"$folder/out" 2>"$folder/log" &
node=$!
trap 'kill "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 300); do
    [ -s "$folder/out" ] && break
    kill -0 "$node" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.2
done
url=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["url"])' <"$folder/out")

# A stream of events does not end, so that it is left out.
"$tools/bin/schemathesis" run "${url}openapi.json" --url "${url%/}" --checks not_a_server_error \
    --max-examples "$examples" --exclude-path /v1/events --request-timeout 20 --no-color
# A fault that was answered otherwise is in the log.
if grep -E "panicked|internal error" "$folder/log"; then
    echo "http_fuzz: the node's log tells of a fault" >&2
    exit 1
fi
