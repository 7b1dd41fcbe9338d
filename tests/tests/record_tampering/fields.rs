//! Every field of every part of the record, altered in turn: by somebody without a key, by the ledger, and by ledger and
//! authority together, who sign anew whatever they can. `make test-tampering` alters each field in every way.

use tabella_tests::{
    fixture::{Role, Standing, roles},
    walk::{Mutation, mutations},
};

use super::*;

/// Who signs anew after the alteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forger {
    Nobody,
    Ledger,
    LedgerAndAuthority,
}

/// The checks of the opening.
const OPENING: [CheckId; 5] = [OpeningAuthority, OpeningManifest, OpeningCeremony, OpeningCanaries, OpeningRoll];

/// The sets of checks of which exactly one may refuse an alteration; an empty set means that nothing is wrong with it.
type Expected = Vec<BTreeSet<CheckId>>;

fn only(sets: &[&[CheckId]]) -> Expected {
    sets.iter().map(|set| set.iter().copied().collect()).collect()
}

#[test]
fn every_field_of_the_record_altered_is_refused_by_its_check() {
    Walk::of(fixture()).run();
}

#[test]
fn every_field_of_a_record_with_hidden_weights_altered_is_refused_by_its_check() {
    Walk::of(hidden()).run();
}

#[test]
fn every_field_of_a_record_with_disjunctive_proofs_altered_is_refused_by_its_check() {
    Walk::of(disjunctive()).run();
}

/// The election whose record is altered.
struct Walk<'a> {
    fixture: &'a Fixture,
    roles: Vec<Role>,
}

impl<'a> Walk<'a> {
    fn of(fixture: &'a Fixture) -> Self {
        Self { fixture, roles: roles(&fixture.record) }
    }

    /// A fast run alters each field once for each role that an entry can have, of the items of a list those of one; the kinds of
    /// alteration take turns.
    fn run(&self) {
        let all = mutations(&self.fixture.record.encode());
        let chosen: Vec<&Mutation> = if exhaustive() { all.iter().collect() } else { self.sample(&all) };
        let forgers = [Forger::Nobody, Forger::Ledger, Forger::LedgerAndAuthority];
        let verdicts = each(chosen.clone(), |mutation| forgers.map(|forger| self.judge(mutation, forger)));
        let wrong: Vec<String> = verdicts.into_iter().flatten().flatten().collect();
        let decode = chosen.iter().filter(|mutation| ElectionRecord::decode(&mutation.bytes).is_ok()).count();
        println!("{} of {} alterations, of which {decode} decode, each by three forgers", chosen.len(), all.len());
        assert!(decode * 2 > chosen.len(), "most of them reach the checks behind the decoder");
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), chosen.len(), wrong.join("\n"));
    }

    fn sample<'m>(&self, all: &'m [Mutation]) -> Vec<&'m Mutation> {
        let mut fields: BTreeMap<(String, String), Vec<&Mutation>> = BTreeMap::new();
        for mutation in all {
            fields.entry(self.field(mutation)).or_default().push(mutation);
        }
        fields.values().enumerate().filter_map(|(turn, same)| same.get(turn % same.len())).copied().collect()
    }

    /// The role of the entry, and the field's names without indices.
    fn field(&self, mutation: &Mutation) -> (String, String) {
        let place = Place::of(&mutation.path);
        let role = place.entry.and_then(|index| self.roles.get(index));
        let names: Vec<&str> = place.names.into_iter().filter(|name| name.parse::<usize>().is_err()).collect();
        (format!("{role:?}"), names.join("."))
    }

    /// What is wrong with the verdict on an alteration, if anything.
    fn judge(&self, mutation: &Mutation, forger: Forger) -> Option<String> {
        let Mutation { path, change, bytes } = mutation;
        let Ok(altered) = ElectionRecord::decode(bytes) else {
            let found: BTreeSet<CheckId> = verify(bytes, keys()).failures().map(|check| check.id).collect();
            return (found != [RecordEncoding].into())
                .then(|| format!("{path}, {change}: does not decode, and {found:?} refuse it"));
        };
        let place = Place::of(path);
        let expected = match forger {
            Forger::Nobody => self.expected_of_nobody(&place, change, &altered),
            Forger::Ledger => self.expected_of_ledger(&place, change, &altered)?,
            Forger::LedgerAndAuthority => self.expected_of_both(&place, change, &altered)?,
        };
        let sealed = match forger {
            Forger::Nobody => altered,
            _ => self.seal(altered, &place, forger == Forger::LedgerAndAuthority),
        };
        let found = refusals(&sealed);
        (!expected.contains(&found))
            .then(|| format!("{path}, {change}, by {forger:?}: {found:?} instead of {expected:?}"))
    }

    /// Has the ledger sign, and the authority what it signs: its own actions where their effects changed, and the close.
    fn seal(&self, mut record: ElectionRecord, place: &Place<'_>, with_authority: bool) -> ElectionRecord {
        let authority = self.fixture.authority();
        if with_authority {
            if let (Some(Role::Opening), [_, _, _, _, _, "ceremony", ..]) =
                (place.entry.and_then(|index| self.roles.get(index)), place.names.as_slice())
            {
                // With the hash that the manifest names: the ceremony's own rules have to refuse it.
                let body = &mut record.entries[0].transaction.effects.actions[0].body;
                if let Ok(ElectionAction::Open(mut opening)) = borsh::from_slice(body) {
                    opening.manifest.ceremony = opening.ceremony.hash();
                    *body = borsh::to_vec(&ElectionAction::Open(opening)).unwrap();
                }
            }
            for (altered, honest) in record.entries.iter_mut().zip(self.fixture.entries()) {
                let own = honest.transaction.effects.transfers.is_empty();
                if own && altered.transaction.effects != honest.transaction.effects {
                    sign(&mut altered.transaction, &authority);
                }
            }
            if place.entry.is_some_and(|index| index + 2 < self.roles.len()) {
                close_again(&mut record.entries, &authority);
            }
        }
        let election = first_election(&record);
        sign_record(&mut record, &self.fixture.signer(), election);
        record
    }

    /// Without a key: what the ledger alone could not hide, and the log, which the ledger did not sign. The procedure ends before
    /// the log where head or opening are wrong.
    fn expected_of_nobody(&self, place: &Place<'_>, change: &str, altered: &ElectionRecord) -> Expected {
        let mut sets = self.expected_of_ledger(place, change, altered).unwrap_or_else(|| only(&[&[]]));
        for set in &mut sets {
            let ends = [RecordParameters, RecordLedger].iter().chain(&OPENING).any(|check| set.contains(check));
            if !ends {
                set.insert(RecordLog);
            }
        }
        sets
    }

    /// With the ledger alone. `None` where the ledger's signature is what was altered.
    fn expected_of_ledger(&self, place: &Place<'_>, change: &str, altered: &ElectionRecord) -> Option<Expected> {
        let Some(index) = place.entry else { return expected_of_head(place, change) };
        let changed = altered.entries.get(index).map(|entry| &entry.transaction.effects)
            != self.fixture.entries().get(index).map(|entry| &entry.transaction.effects);
        let both = self.expected_of_both(place, change, altered)?;
        let role = *self.roles.get(index)?;
        let unsigned = match role {
            Role::Opening => Some(OpeningAuthority),
            Role::Close | Role::Publication => Some(EntriesRules),
            Role::Transfer | Role::Ballot(_) => None,
        };
        if let Some(check) = unsigned.filter(|_| changed) {
            let head = both.iter().all(|set| set.contains(&RecordLedger) || set.contains(&RecordParameters));
            return Some(if head { both } else { only(&[&[check]]) });
        }
        if matches!(role, Role::Close | Role::Publication) {
            return Some(both);
        }
        // The authority closed the log as it was: wherever the replay comes that far, the close is not of this log.
        let stops =
            |check: &CheckId| [RecordParameters, RecordLedger, EntriesRules].contains(check) || OPENING.contains(check);
        let mut sets = both;
        for set in &mut sets {
            if !set.iter().any(stops) {
                set.remove(&TallyResult);
                set.insert(TallyClosed);
            }
        }
        Some(sets)
    }

    /// With ledger and authority. `None` where one of their signatures would undo the alteration.
    fn expected_of_both(&self, place: &Place<'_>, change: &str, altered: &ElectionRecord) -> Option<Expected> {
        let Some(index) = place.entry else { return expected_of_head(place, change) };
        let entry = altered.entries.get(index)?;
        let role = *self.roles.get(index)?;
        let opening = role == Role::Opening;
        let form = if opening { OpeningAuthority } else { EntriesRules };
        match place.names.as_slice() {
            // A ledger dates its entries, within the rules.
            ["time"] if opening => Some(only(&[&[], &[OpeningManifest], &[EntriesRules]])),
            ["time"] => Some(only(&[&[], &[EntriesRules]])),
            ["effects", "version"] => Some(only(&[&[form]])),
            ["effects", "ledger"] => Some(only(&[&[RecordLedger]])),
            ["effects", "actions", _, "body", "content", rest @ ..] => {
                let body = entry.transaction.effects.actions.first().map(|action| &action.body);
                let decodes = body.is_some_and(|body| borsh::from_slice::<ElectionAction>(body).is_ok());
                if !decodes {
                    return Some(only(&[&[form]]));
                }
                Some(match role {
                    Role::Opening => opened(rest),
                    Role::Close => closed(rest),
                    Role::Publication => published(rest),
                    Role::Ballot(standing) => ballot(standing, rest, change),
                    Role::Transfer => panic!("a transfer has no action"),
                })
            }
            ["effects", "actions", ..] => Some(only(&[&[form]])),
            ["effects", "transfers", _, "statement", rest @ ..] => Some(match role {
                Role::Ballot(standing) => cast_by(standing, rest, change),
                _ => moved(rest, change),
            }),
            ["effects", "transfers", _, "key"] => Some(only(&[&[RecordParameters]])),
            ["effects", "transfers", ..] => Some(only(&[&[form]])),
            ["authorizations", _, "proof"] => Some(only(&[&[EntriesProofs]])),
            ["authorizations", _, "signature"] => Some(only(&[&[EntriesSignatures]])),
            // One proof for each ranked question.
            ["action_proofs", _, "content", "rankings"] => Some(only(&[&[EntriesRules]])),
            ["action_proofs", _, "content", ..] if matches!(role, Role::Ballot(_)) => {
                let proof = entry.transaction.action_proofs.first()?;
                let decodes = borsh::from_slice::<CastProof>(proof).is_ok();
                Some(only(&[if decodes { &[EntriesBallots] } else { &[EntriesRules] }]))
            }
            ["authorizations" | "action_proofs", ..] => Some(only(&[&[form]])),
            other => panic!("no expectation for {other:?} of entry {index}"),
        }
    }
}

/// Where in the record an alteration stands.
struct Place<'a> {
    /// The entry, if it is in one.
    entry: Option<usize>,
    /// The names below the entry, or below the record.
    names: Vec<&'a str>,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Self {
        let names: Vec<&str> = path.split('.').collect();
        match names.as_slice() {
            ["entries", index, rest @ ..] => Self { entry: index.parse().ok(), names: rest.to_vec() },
            _ => Self { entry: None, names },
        }
    }
}

/// The election whose log the record says it is.
fn first_election(record: &ElectionRecord) -> tabella_protocol::election::ElectionId {
    let action = record.entries.first().and_then(|entry| entry.transaction.effects.actions.first());
    match action.map(|action| borsh::from_slice(&action.body)) {
        Some(Ok(ElectionAction::Open(opening))) => opening.manifest.id(),
        _ => OTHER_ELECTION,
    }
}

/// Outside the entries.
fn expected_of_head(place: &Place<'_>, change: &str) -> Option<Expected> {
    match (place.names.as_slice(), change) {
        (["ledger_name" | "ledger_key"], _) => Some(only(&[&[RecordLedger]])),
        (["verifying_keys", ..], _) => Some(only(&[&[RecordParameters]])),
        (["entries"], "one less") => Some(only(&[&[TallyResult]])),
        (["entries"], "the last twice") => Some(only(&[&[EntriesRules]])),
        (["entries"], _) => Some(only(&[&[OpeningAuthority]])),
        _ => None,
    }
}

/// Fields of the opening.
fn opened(names: &[&str]) -> Expected {
    match names {
        ["variant"] | ["manifest", "authority"] => only(&[&[OpeningAuthority]]),
        ["manifest", "version" | "ledger"] => only(&[&[OpeningManifest]]),
        ["manifest", "ceremony" | "key"] => only(&[&[OpeningCeremony]]),
        // The canaries are of the election as it was; a manifest that is wrong by itself is refused before them.
        ["manifest", ..] => only(&[&[OpeningManifest], &[OpeningCanaries]]),
        ["ceremony", ..] => only(&[&[OpeningCeremony]]),
        ["canaries", ..] => only(&[&[OpeningCanaries]]),
        ["roll", ..] => only(&[&[OpeningRoll]]),
        other => panic!("no expectation for {other:?} of the opening"),
    }
}

/// Fields of a delegation's or recall's statement.
fn moved(names: &[&str], change: &str) -> Expected {
    let proved: &[CheckId] = &[EntriesProofs, EntriesSignatures];
    match names {
        ["anchor" | "contract_revealed" | "mode"] => only(&[&[EntriesRules]]),
        // The tree is another one, which no later anchor is of.
        ["commitment" | "commitment_1"] => only(&[&[EntriesRules, EntriesProofs, EntriesSignatures]]),
        ["rk"] if change == "the identity" => only(&[&[EntriesRules]]),
        ["start" | "end"] => only(&[&[EntriesRules], proved]),
        // No proof is of the ciphertexts: whoever signs the transfer answers for them.
        ["ciphertexts", _, ..] => only(&[&[EntriesSignatures]]),
        ["ciphertexts"] if change == "the first two exchanged" => only(&[&[EntriesSignatures]]),
        ["ciphertexts"] => only(&[&[EntriesRules]]),
        ["nullifier" | "nullifier_1" | "rk" | "value_commitment" | "asset" | "reveal" | "level"] => only(&[proved]),
        other => panic!("no expectation for {other:?} of a transfer"),
    }
}

/// Fields of a cast's statement.
fn cast_by(standing: Standing, names: &[&str], change: &str) -> Expected {
    let proved: &[CheckId] = &[EntriesProofs, EntriesSignatures, EntriesBallots];
    let counted = [proved, &[TallyClosed]].concat();
    let rules = [proved, &[EntriesRules]].concat();
    // Rights that have two ballots.
    let twice = standing != Standing::Only;
    match names {
        ["nullifier"] if twice => only(&[&counted]),
        ["level"] if twice => only(&[&[EntriesRules], &rules, proved, &counted]),
        ["rk"] if change == "the identity" => only(&[&[EntriesRules]]),
        // It is in the key of a sealed ranking, which then opens to nothing.
        ["nullifier"] => only(&[proved, &[proved, &[TallyResult]].concat()]),
        ["rk" | "level"] => only(&[proved]),
        // Of what is consumed nothing else is recorded or appended.
        ["nullifier_1" | "commitment" | "commitment_1" | "value_commitment" | "reveal"] => only(&[proved]),
        ["anchor" | "asset" | "contract_revealed" | "weight" | "start" | "end" | "mode" | "ciphertexts", ..] => {
            only(&[&[EntriesRules]])
        }
        other => panic!("no expectation for {other:?} of a cast"),
    }
}

/// Fields of a ballot.
fn ballot(standing: Standing, names: &[&str], change: &str) -> Expected {
    let signed: &[CheckId] = &[EntriesSignatures, EntriesBallots];
    let tallied = [signed, &[TallyResult]].concat();
    let choice = if standing.is_superseded() { signed } else { &tallied };
    match names {
        // The votes that are cast twice: the first revision must stay below the second.
        ["revision"] => match (standing, change) {
            (Standing::Replaced, _) => only(&[&[EntriesRules, EntriesSignatures, EntriesBallots]]),
            (Standing::Again, "one less") => only(&[&[EntriesRules]]),
            _ => only(&[signed]),
        },
        ["questions", _, _, "c1" | "c2"] => only(&[choice]),
        ["questions", _] if change == "the first two exchanged" => only(&[choice]),
        ["rankings", _, "c1"] if change == "the identity" => only(&[&[EntriesRules]]),
        ["rankings", _, "c1"] | ["rankings", _, "sealed", _] => only(&[choice]),
        ["rankings", _, "sealed"] if change == "the first two exchanged" => only(&[choice]),
        ["rankings", ..] => only(&[&[EntriesRules]]),
        ["weight", "value"] => only(&[signed]),
        ["variant" | "election" | "questions", ..] | ["weight", ..] => only(&[&[EntriesRules]]),
        other => panic!("no expectation for {other:?} of a ballot"),
    }
}

/// Fields of the close.
fn closed(names: &[&str]) -> Expected {
    match names {
        ["entries" | "root" | "counted"] => only(&[&[TallyClosed]]),
        _ => only(&[&[EntriesRules]]),
    }
}

/// Fields of the publication.
fn published(names: &[&str]) -> Expected {
    match names {
        ["partials" | "totals" | "rankings", ..] => only(&[&[TallyResult]]),
        _ => only(&[&[EntriesRules]]),
    }
}
