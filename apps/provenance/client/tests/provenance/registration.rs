//! Who registers what, and what is refused.

use rand_core::OsRng;
use tabella_protocol::transaction::LedgerId;
use tabella_provenance::{
    batch::{BatchError, Setting, prepare},
    build::{approve, found, register},
    certificate::CertificateError,
    identity::IdentityError,
    rules::{
        ProvenanceRejection, StoneError,
        action::{Batch, Likeness, MAX_STONES, ProvenanceAction, Role, Stone},
        attribute::Value,
        registry::{Mark, Registry},
        schema::Schema,
    },
};
use tabella_verifier::{files, shielded::ShieldedRejection, state::LedgerRejection};

use crate::scene::{Scene, accepted, diamond, keys, rule, stone};

fn of_batch(batch: &Batch) -> ProvenanceAction {
    ProvenanceAction::Register(Box::new(batch.clone()))
}

#[track_caller]
fn culprit(rejection: ProvenanceRejection) -> (usize, StoneError) {
    match rejection {
        ProvenanceRejection::Stone { index, error } => (index, error),
        other => panic!("{other}"),
    }
}

#[test]
fn registry_is_founded_once_and_its_issuers_are_the_registrars_affair() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let stranger = keys(9);
    let (terms, foundation) = found(&scene.registrar, ledger, "Another", &mut OsRng);
    accepted(scene.submit(foundation.clone()));
    assert_eq!(scene.submit(foundation), Err(LedgerRejection::Replayed));
    let beside = ProvenanceAction::Found(Box::new(Registry { nonce: [2; 32], ..terms.clone() }));
    let once_more = ProvenanceAction::Found(Box::new(terms.clone()));
    let both = scene.signed_all(&[beside, once_more], (Role::Registrar, &scene.registrar));
    assert_eq!(rule(scene.submit(both)), ProvenanceRejection::Founded(terms.id(ledger)));
    let unnamed = Registry { name: " ".into(), ..terms.clone() };
    let action = ProvenanceAction::Found(Box::new(unnamed));
    let unnamed = scene.signed(&action, (Role::Registrar, &scene.registrar), None);
    assert!(matches!(rule(scene.submit(unnamed)), ProvenanceRejection::Name(_)));
    let in_anothers_name = Registry { nonce: [1; 32], ..terms };
    let action = ProvenanceAction::Found(Box::new(in_anothers_name));
    let forged = scene.signed(&action, (Role::Registrar, &stranger), None);
    assert_eq!(rule(scene.submit(forged)), ProvenanceRejection::Signature(Role::Registrar));

    // Two issuers were authorised: the registry's version is 2.
    let act = |version, is_authorised| ProvenanceAction::Issuer {
        registry: scene.registry,
        version,
        issuer: keys(8).public(Role::Issuer),
        name: "Lagos".into(),
        is_authorised,
    };
    let (authorise, dismiss, early) = (act(2, true), act(3, false), act(3, true));
    let by_stranger = scene.signed(&authorise, (Role::Registrar, &stranger), None);
    assert_eq!(rule(scene.submit(by_stranger)), ProvenanceRejection::Signature(Role::Registrar));
    // Not even with the registrar's own key under another role.
    let other_role = scene.signed(&authorise, (Role::Issuer, &scene.registrar), None);
    assert_eq!(rule(scene.submit(other_role)), ProvenanceRejection::Signature(Role::Registrar));
    let early = scene.signed(&early, (Role::Registrar, &scene.registrar), None);
    assert_eq!(rule(scene.submit(early)), ProvenanceRejection::Version { expected: 2, found: 3 });
    let authorise = scene.signed(&authorise, (Role::Registrar, &scene.registrar), None);
    accepted(scene.submit(authorise.clone()));
    let dismiss = scene.signed(&dismiss, (Role::Registrar, &scene.registrar), None);
    accepted(scene.submit(dismiss));
    // Whoever was dismissed does not come back by the old act.
    assert_eq!(scene.submit(authorise), Err(LedgerRejection::Replayed));
    let late = scene.set_issuer(2, 8, "Lagos again", true);
    assert_eq!(rule(scene.submit(late)), ProvenanceRejection::Version { expected: 4, found: 2 });
    let again = scene.set_issuer(4, 8, "Lagos", false);
    assert_eq!(rule(scene.submit(again)), ProvenanceRejection::NoChange);
    let never = scene.set_issuer(4, 7, "Nobody", false);
    assert_eq!(rule(scene.submit(never)), ProvenanceRejection::NoChange);
}

#[test]
fn only_authorised_issuers_register_and_each_batch_once() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let certificates = scene.register((1..=3).map(stone).collect());
    for certificate in &certificates {
        let asset = certificate.check(scene.provenance(), ledger).unwrap();
        let row = scene.provenance().stone_row(&asset).unwrap();
        assert!(!row.is_claimed && row.stolen_since.is_none() && row.told_apart == 0 && row.kind == "diamond");
    }
    // The same transaction again; a later number.
    let again = scene.log.last().unwrap().transaction.clone();
    assert_eq!(scene.submit(again), Err(LedgerRejection::Replayed));
    let batch = scene.prepare(&scene.issuer, vec![stone(4)]).batch;
    let earlier = register(&scene.issuer, ledger, Batch { number: 0, ..batch.clone() });
    assert_eq!(rule(scene.submit(earlier)), ProvenanceRejection::Batch { expected: 1, found: 0 });
    let later = Batch { number: 2, ..batch.clone() };
    let later = register(&scene.issuer, ledger, later);
    assert_eq!(rule(scene.submit(later)), ProvenanceRejection::Batch { expected: 1, found: 2 });

    // Somebody whom nobody has authorised, in its own name and in an issuer's.
    let stranger = keys(9);
    let issuer = stranger.public(Role::Issuer);
    let own = register(&stranger, ledger, Batch { issuer, number: 0, ..batch.clone() });
    let refused = ProvenanceRejection::Unauthorised { registry: scene.registry, issuer };
    assert_eq!(rule(scene.submit(own)), refused);
    let forged = scene.signed(&of_batch(&batch), (Role::Issuer, &stranger), None);
    assert_eq!(rule(scene.submit(forged)), ProvenanceRejection::Signature(Role::Issuer));
    // Another issuer's signature is none of this one's, nor is the registrar's.
    for (role, by) in [(Role::Issuer, &scene.other), (Role::Registrar, &scene.registrar), (Role::Holder, &scene.issuer)]
    {
        let forged = scene.signed(&of_batch(&batch), (role, by), None);
        let mut obligations = tabella_verifier::obligations::Obligations::new();
        let logged = tabella_protocol::transaction::LoggedTransaction {
            time: crate::scene::time(scene.now),
            transaction: forged,
        };
        let outcome = scene.state.check(&logged, 0, &mut obligations).map(|_| Default::default());
        assert_eq!(rule(outcome), ProvenanceRejection::Signature(Role::Issuer));
    }
    // Signed over another ledger, or altered after it was signed.
    let elsewhere = register(&scene.issuer, LedgerId([9; 32]), batch.clone());
    assert!(matches!(scene.submit(elsewhere), Err(LedgerRejection::Structure(_))));
    let mut altered = register(&scene.issuer, ledger, batch.clone());
    altered.effects.actions[0].body = borsh::to_vec(&of_batch(&Batch { holder: [9; 32], ..batch.clone() })).unwrap();
    assert_eq!(rule(scene.submit(altered)), ProvenanceRejection::Signature(Role::Issuer));

    // A dismissed issuer registers no more.
    let dismissed = scene.set_issuer(2, 2, "Antwerp", false);
    accepted(scene.submit(dismissed));
    let late = register(&scene.issuer, ledger, batch);
    let issuer = scene.issuer.public(Role::Issuer);
    assert_eq!(rule(scene.submit(late)), ProvenanceRejection::Unauthorised { registry: scene.registry, issuer });
}

#[test]
fn the_same_stone_is_not_registered_twice_however_it_is_described() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let first = scene.register(vec![stone(2_141_438_171)]).remove(0);
    let asset = first.check(scene.provenance(), ledger).unwrap();
    // Of other measures, so that nobody asks how it was told apart.
    let sized = |attributes: &[(&str, &str)]| {
        diamond(&[attributes, &[("length", "5.01"), ("width", "5.02"), ("height", "3.07")]].concat())
    };
    let again = [
        // Case, spacing, other letters of the same form; another weight, colour, laboratory and number.
        sized(&[("inscription", "gia  2141-438-171"), ("carat", "1.19"), ("colour", "F")]),
        sized(&[
            ("inscription", "ＧＩＡ２１４１４３８１７１"),
            ("laboratory", "IGI"),
            ("certificate", "77"),
            ("carat", "9"),
        ]),
        // No inscription, or another one, under the same certificate.
        sized(&[("laboratory", "g.i.a."), ("certificate", "2141 438 171"), ("carat", "0.5")]),
        sized(&[("inscription", "X1"), ("laboratory", "GIA"), ("certificate", "2141438171")]),
    ];
    for thing in again {
        for by in [keys(2), keys(3)] {
            let prepared = scene.prepare(&by, vec![stone(8), thing.clone()]);
            let good = prepared.certificates[0].asset().unwrap();
            let outcome = scene.submit(register(&by, ledger, prepared.batch));
            assert_eq!(culprit(rule(outcome)), (1, StoneError::Duplicate(asset)));
            assert!(scene.provenance().stone(&good).is_none(), "nothing of the batch is registered");
        }
    }
    // Twice in one batch.
    let twice = scene.prepare(&scene.other, vec![stone(8), stone(9), sized(&[("inscription", "gia8")])]);
    let first_of_it = twice.certificates[0].asset().unwrap();
    let outcome = scene.submit(register(&scene.other, ledger, twice.batch));
    assert_eq!(culprit(rule(outcome)), (2, StoneError::Duplicate(first_of_it)));
    // The issuer's numbers have not moved, and the good ones go in alone.
    let alone = scene.prepare(&scene.other, vec![stone(8), stone(9)]);
    assert_eq!(alone.batch.number, 0);
    accepted(scene.submit(register(&keys(3), ledger, alone.batch)));
    // The very same root once more, under marks that are made up: the asset exists.
    let mut copied = scene.prepare(&scene.issuer, vec![stone(10)]).batch;
    copied.stones[0].root = first.tree().root();
    let outcome = scene.submit(register(&keys(2), ledger, copied));
    assert!(matches!(culprit(rule(outcome)), (0, StoneError::Use(_))));
}

#[test]
fn stones_of_the_same_measures_are_told_apart_by_their_issuer_or_approved_by_the_registrar() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let measured = |number: &str, length: &str, width: &str| {
        diamond(&[
            ("inscription", number),
            ("length", length),
            ("width", width),
            ("height", "3.97"),
            ("carat", if number == "a1" { "1" } else { "1.01" }),
        ])
    };
    let prepared = scene.prepare(&scene.issuer, vec![measured("a1", "6.41", "6.43"), measured("a22", "6.43", "6.41")]);
    assert_eq!(prepared.look_alikes, 1);
    // Whoever does not count them has not compared them.
    for found in [0, 2] {
        let mut batch = prepared.batch.clone();
        batch.stones[1].likeness.as_mut().unwrap().told_apart = found;
        let outcome = scene.submit(register(&scene.issuer, ledger, batch));
        assert_eq!(culprit(rule(outcome)), (1, StoneError::LookAlikes { expected: 1, found }));
    }
    let asset = prepared.certificates[1].asset().unwrap();
    accepted(scene.submit(register(&keys(2), ledger, prepared.batch)));
    assert_eq!(scene.provenance().stone(&asset).unwrap().told_apart, 1);

    // Another issuer needs the registrar's approval, and nobody else's.
    let foreign = scene.prepare(&scene.other, vec![measured("b1", "6.411", "6.43").clone()]).batch;
    assert!(foreign.is_approved);
    let unapproved = Batch { is_approved: false, ..foreign.clone() };
    let outcome = scene.submit(register(&scene.other, ledger, unapproved.clone()));
    assert_eq!(culprit(rule(outcome)), (0, StoneError::Unapproved));
    let by = (Role::Issuer, &keys(3));
    let missing = scene.signed(&of_batch(&foreign), by, None);
    assert_eq!(rule(scene.submit(missing)), ProvenanceRejection::Approval);
    let superfluous = scene.signed(&of_batch(&unapproved), by, Some((Role::Registrar, &scene.registrar)));
    assert_eq!(rule(scene.submit(superfluous)), ProvenanceRejection::Approval);
    for (role, who) in [(Role::Registrar, keys(3)), (Role::Issuer, keys(1)), (Role::Registrar, keys(9))] {
        let forged = scene.signed(&of_batch(&foreign), by, Some((role, &who)));
        assert_eq!(rule(scene.submit(forged)), ProvenanceRejection::Signature(Role::Registrar));
    }
    let mut approved = register(&scene.other, ledger, foreign);
    assert!(approve(&scene.registrar, &mut scene.log[0].transaction.clone()).is_err());
    approve(&scene.registrar, &mut approved).unwrap();
    accepted(scene.submit(approved));
    // From now on the first issuer needs it as well: not all look-alikes are its own.
    assert!(scene.prepare(&scene.issuer, vec![measured("a333", "6.41", "6.43")]).batch.is_approved);
}

#[test]
fn the_same_stone_without_its_measures_is_not_registered_under_another_name_but_by_the_registrar() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let first = scene.register(vec![stone(1)]).remove(0).asset().unwrap();
    let row = scene.provenance().stone_row(&first).unwrap();
    assert_eq!((row.is_measured, row.told_apart), (Some(true), 0));
    // Another inscription, another laboratory and number, and no measure, or not all: no mark of it is known.
    let named = |number: &str, measures: Named<'_>| {
        let names = [("inscription", number), ("laboratory", "IGI"), ("certificate", number), ("carat", "1.2")];
        diamond(&[&names[..], measures].concat())
    };
    type Named<'a> = &'a [(&'a str, &'a str)];
    let (none, some): (Named<'_>, Named<'_>) = (&[], &[("length", "6.41"), ("width", "6.43")]);
    let zero = [some, &[("height", "0")]].concat();
    for by in [keys(2), keys(3)] {
        for measures in [none, some, &zero[..]] {
            let prepared = scene.prepare(&by, vec![stone(2), named("IGI 7", measures)]);
            assert!(prepared.batch.is_approved && prepared.look_alikes == 0);
            assert_eq!(prepared.batch.unmeasured(), 1);
            let lie = Batch { is_approved: false, ..prepared.batch.clone() };
            assert_eq!(culprit(rule(scene.submit(register(&by, ledger, lie)))), (1, StoneError::Unmeasured));
            // Nor with an approval of the issuer's own.
            let action = of_batch(&prepared.batch);
            let alone = scene.signed(&action, (Role::Issuer, &by), None);
            assert_eq!(rule(scene.submit(alone)), ProvenanceRejection::Approval);
            let forged = scene.signed(&action, (Role::Issuer, &by), Some((Role::Registrar, &by)));
            assert_eq!(rule(scene.submit(forged)), ProvenanceRejection::Signature(Role::Registrar));
        }
    }
    // The registrar may let it in, and everybody sees that it was not measured.
    let prepared = scene.prepare(&scene.other, vec![named("IGI 7", none)]);
    let asset = prepared.certificates[0].asset().unwrap();
    let mut approved = register(&scene.other, ledger, prepared.batch);
    approve(&scene.registrar, &mut approved).unwrap();
    accepted(scene.submit(approved));
    let row = scene.provenance().stone_row(&asset).unwrap();
    assert_eq!((row.is_measured, row.told_apart), (Some(false), 0));

    // A kind that has no measures needs none.
    let schema = Schema::Bottle;
    let mut bottle = vec![Value::Empty; schema.attributes().len()];
    bottle[usize::from(schema.index("serial").unwrap())] = Value::Text("L 1787".into());
    let setting = Setting { ledger, registry: scene.registry, schema, holder: scene.owner.public(Role::Holder) };
    let marks = scene.registrar.mark_key();
    let prepared = prepare(&scene.issuer, marks, scene.provenance(), &setting, vec![bottle]).unwrap();
    assert!(!prepared.batch.is_approved && prepared.batch.unmeasured() == 0);
    let asset = prepared.certificates[0].asset().unwrap();
    accepted(scene.submit(register(&keys(2), ledger, prepared.batch)));
    assert_eq!(scene.provenance().stone_row(&asset).unwrap().is_measured, None);
}

#[test]
fn batch_that_is_none_is_refused() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let batch = scene.prepare(&scene.issuer, vec![stone(1)]).batch;
    let one = batch.stones[0].clone();
    let with = |stones: Vec<Stone>| register(&keys(2), ledger, Batch { stones, ..batch.clone() });
    assert_eq!(rule(scene.submit(with(Vec::new()))), ProvenanceRejection::Size);
    let too_many = with(vec![one.clone(); MAX_STONES + 1]);
    let outcome = scene.submit(too_many);
    assert!(matches!(outcome, Err(LedgerRejection::Shielded(ShieldedRejection::Decode { .. }))), "{outcome:?}");
    let (low, high) = (Mark([1; 32]), Mark([2; 32]));
    for marks in [Vec::new(), vec![low, low], vec![high, low]] {
        let outcome = scene.submit(with(vec![Stone { marks, ..one.clone() }]));
        assert_eq!(culprit(rule(outcome)), (0, StoneError::Marks));
    }
    let three = with(vec![Stone { marks: vec![low, high, Mark([3; 32])], ..one.clone() }]);
    assert!(matches!(scene.submit(three), Err(LedgerRejection::Shielded(ShieldedRejection::Decode { .. }))));
    let alone = Likeness { mark: low, told_apart: 5 };
    let outcome = scene.submit(with(vec![Stone { likeness: Some(alone), ..one.clone() }]));
    assert_eq!(culprit(rule(outcome)), (0, StoneError::LookAlikes { expected: 0, found: 5 }));
    let elsewhere = Batch { registry: tabella_provenance::rules::registry::RegistryId([9; 32]), ..batch.clone() };
    let outcome = scene.submit(register(&keys(2), ledger, elsewhere));
    assert!(matches!(rule(outcome), ProvenanceRejection::UnknownRegistry(_)));
    // As large as may be, of which the last is bad: nothing is registered, and the last is named.
    let mut stones: Vec<Stone> = (0..MAX_STONES)
        .map(|at| {
            let mut mark = [7; 32];
            mark[..8].copy_from_slice(&(at as u64).to_be_bytes());
            let likeness = Some(Likeness { mark: Mark(mark), told_apart: 0 });
            Stone { root: mark, marks: vec![Mark(mark)], likeness }
        })
        .collect();
    let last = MAX_STONES - 1;
    let good = std::mem::replace(&mut stones[last].marks, vec![Mark([0; 32])]);
    stones[0].marks = vec![Mark([0; 32])];
    let outcome = scene.submit(with(stones.clone()));
    assert!(matches!(culprit(rule(outcome)), (index, StoneError::Duplicate(_)) if index == last));
    assert_eq!(scene.provenance().stones().count(), 0);
    stones[last].marks = good;
    accepted(scene.submit(with(stones)));
    assert_eq!(scene.provenance().stones().count(), MAX_STONES);
}

#[test]
fn issuers_are_told_what_the_ledger_would_refuse() {
    let scene = Scene::new();
    let holder = scene.owner.public(Role::Holder);
    let setting = Setting { ledger: scene.ledger(), registry: scene.registry, schema: Schema::Diamond, holder };
    let attempt = |by: u8, marks: u8, things: Vec<Vec<Value>>| {
        prepare(&keys(by), keys(marks).mark_key(), scene.provenance(), &setting, things).map(drop).unwrap_err()
    };
    assert_eq!(attempt(2, 2, vec![stone(1)]), BatchError::MarkKey);
    assert_eq!(attempt(9, 1, vec![stone(1)]), BatchError::Unauthorised);
    assert_eq!(attempt(2, 1, Vec::new()), BatchError::Size);
    assert_eq!(attempt(2, 1, vec![stone(1), vec![Value::Empty]]), BatchError::Count { index: 1 });
    let mut wrong = stone(2);
    wrong[0] = Value::Number(1);
    assert!(matches!(attempt(2, 1, vec![stone(1), wrong]), BatchError::Value { index: 1, .. }));
    let unnamed = diamond(&[("carat", "1")]);
    let error = IdentityError::None;
    assert_eq!(attempt(2, 1, vec![stone(1), stone(2), unnamed]), BatchError::Identity { index: 2, error });
}

#[test]
fn forged_certificate_is_not_believed() {
    let mut scene = Scene::new();
    let ledger = scene.ledger();
    let certificate = scene.register(vec![stone(1)]).remove(0);
    let bytes = files::encode(&certificate);
    let read: tabella_provenance::Certificate = files::decode(&bytes).unwrap();
    assert_eq!(read.check(scene.provenance(), ledger), certificate.check(scene.provenance(), ledger));
    assert!(matches!(read.check(scene.provenance(), LedgerId([9; 32])), Err(CertificateError::Ledger(_))));
    // Whatever is altered in the file, it is of something that nobody has registered, or no file at all.
    let header = files::header("provenance certificate").len();
    for at in header..bytes.len() {
        for bit in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= bit;
            let read = files::decode::<tabella_provenance::Certificate>(&altered);
            let outcome = read.ok().map(|read| read.check(scene.provenance(), ledger));
            assert!(!matches!(outcome, Some(Ok(_))), "byte {at} ^ {bit}");
        }
    }
    assert!(!format!("{certificate:?}").contains("GIA"));
}
