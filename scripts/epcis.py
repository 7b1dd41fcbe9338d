"""Compares the hash in each event of EPCIS documents with the one that epcis-event-hash-generator computes of the event.

Run by scripts/epcis.sh, in the environment that has the package.
"""

import json
import pathlib
import sys

from epcis_event_hash_generator import hash_generator, json_to_py


def hashes(document):
    # The package expands words in place, so it is given a copy. It does not read the events' own ids.
    events = json_to_py.event_list_from_epcis_document_json(json.loads(json.dumps(document)))
    return hash_generator.epcis_hashes_from_events(events)


def main():
    compared = 0
    for name in sys.argv[1:]:
        document = json.loads(pathlib.Path(name).read_text())
        events = document["epcisBody"]["eventList"]
        expected = hashes(document)
        if len(expected) != len(events):
            sys.exit(f"epcis: {name}: {len(events)} events, and {len(expected)} hashes")
        for event, hash_of_others in zip(events, expected):
            if event["eventID"] != hash_of_others:
                sys.exit(f"epcis: {name}: {event['eventID']}, and the package computes {hash_of_others} of\n{event}")
            compared += 1
        # A comparison that always succeeds would prove nothing.
        for event in events:
            event["disposition"] = "destroyed"
        if any(event["eventID"] == altered for event, altered in zip(events, hashes(document))):
            sys.exit(f"epcis: {name}: an altered event has the same hash")
    print(f"epcis: {compared} events have the hashes that epcis-event-hash-generator computes")


if __name__ == "__main__":
    main()
