#!/usr/bin/env bash
# Verifying a whole election record, per ballot: `tabella verify` beside `belenios-tool election verify`, on the same real
# ballots (608 approval ballots over 8 projects, at most 5 each), on this machine, in one run, interleaved.
# Usage: benches/peers/belenios.sh [BALLOTS] [RUNS]        (default: 200 ballots, 5 runs; needs Debian's belenios-tool)
#
# What differs in the statement: Belenios checks a signature by a public credential and a proof for each option; Tabella
# checks a zero-knowledge proof that an unnamed right of the roll is used once, a signature, and one proof for the ballot,
# and replays delegations and recalls. Belenios works in its default group BELENIOS-2048: this package has no elliptic curve.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
ballots=${1:-200}
runs=${2:-5}
tabella=${TABELLA:-$root/target/native/release/tabella}
data=$root/data/poland_lodz_2020_nad-nerem.pb

command -v belenios-tool >/dev/null || { echo "belenios-tool is missing: apt-get install belenios-tool" >&2; exit 1; }
[ -x "$tabella" ] || { echo "$tabella is missing: make demo builds it, or set TABELLA" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BELENIOS_USE_URANDOM=1

echo "making the Tabella election of $ballots ballots …" >&2
record=$(cd "$work" && "$tabella" rehearse --json --delegate 10 --ballots "$data" --limit "$ballots" --directory ours |
    python3 -c 'import json, sys; print(json.loads(sys.stdin.read())["record"])')
record=$work/$record

echo "making the Belenios election of $ballots ballots …" >&2
mkdir "$work/theirs" && cd "$work/theirs"
python3 - "$data" "$ballots" <<'PY'
import json, sys
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
at = lambda name: lines.index(name)
projects = [line.split(";")[0] for line in lines[at("PROJECTS") + 2 : at("VOTES")]]
votes = [line.split(";")[-1].split(",") for line in lines[at("VOTES") + 2 :] if line][: int(sys.argv[2])]
json.dump({"description": "", "name": "Łódź", "administrator": "a", "credential_authority": "c",
           "questions": [{"answers": projects, "min": 1, "max": 5, "question": "Which projects?"}]},
          open("template.json", "w"), ensure_ascii=False)
open("voters.txt", "w").writelines(f"v{i}@example.com,v{i}\n" for i in range(len(votes)))
open("votes.txt", "w").writelines(json.dumps([[int(p in vote) for p in projects]]).replace(" ", "") + "\n" for vote in votes)
PY
uuid=$(belenios-tool setup generate-token)
options=(--uuid "$uuid" --group BELENIOS-2048)
belenios-tool setup generate-credentials "${options[@]}" --file voters.txt >/dev/null 2>&1
mv ./*.pubcreds public_creds.json && mv ./*.privcreds private_creds.txt
for _ in 1 2 3; do belenios-tool setup generate-trustee-key --group BELENIOS-2048 >/dev/null 2>&1; done
cat ./*.pubkey >public_keys.jsons
belenios-tool setup make-trustees >/dev/null 2>&1
belenios-tool setup make-election "${options[@]}" --template template.json >/dev/null 2>&1
belenios-tool archive init >/dev/null 2>&1
rm -f election.json trustees.json public_creds.json
paste -d ' ' private_creds.txt votes.txt | while read -r _ credential vote; do
    belenios-tool election generate-ballot --privcred <(echo "$credential") --ballot <(echo "$vote") 2>/dev/null |
        belenios-tool archive add-event --type=Ballot >/dev/null 2>&1
done
belenios-tool archive add-event --type=EndBallots </dev/null >/dev/null 2>&1
belenios-tool election compute-encrypted-tally 2>/dev/null | belenios-tool archive add-event --type=EncryptedTally >/dev/null 2>&1
trustee=1
for key in ./*.privkey; do
    belenios-tool election decrypt --privkey "$key" --trustee-id "$trustee" 2>/dev/null |
        belenios-tool archive add-event --type=PartialDecryption >/dev/null 2>&1
    trustee=$((trustee + 1))
done
belenios-tool election compute-result 2>/dev/null | belenios-tool archive add-event --type=Result >/dev/null 2>&1

python3 - "$tabella" "$record" "$work/theirs" "$ballots" "$runs" <<'PY'
import json, os, statistics, subprocess, sys, time
tabella, record, theirs, ballots, runs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
def timed(command, **options):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return 1000 * (time.perf_counter() - start)
ours, others = [], []
for _ in range(runs):
    ours.append(timed([tabella, "verify", record]))
    others.append(timed(["belenios-tool", "election", "verify", "--dir", theirs]))
a, b = statistics.median(ours) / ballots, statistics.median(others) / ballots
print(f"record verification, {ballots} ballots, {os.cpu_count()} cores, median of {runs} runs")
print(f"  tabella verify                 {a:8.2f} ms a ballot")
print(f"  belenios-tool election verify  {b:8.2f} ms a ballot   ratio {b / a:.1f} (bar 10)")
print(json.dumps({"name": "record verification per ballot", "ours_ms": a, "theirs_ms": b, "ratio": b / a, "bar": 10,
                  "threads": os.cpu_count(), "ifma": "avx512ifma" in open("/proc/cpuinfo").read()}))
PY
