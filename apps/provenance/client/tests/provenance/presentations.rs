//! Attributes shown to a verifier, and whoever shows what is not so.

use rand_core::OsRng;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    range::RangeProofBytes,
    transaction::LedgerId,
};
use tabella_provenance::{
    Ask, Certificate, Wanted,
    certificate::{CertificateError, number_of},
    rules::{
        attribute::{Opening, Value, pedersen},
        presentation::{Bounds, Challenge, Learned, Presentation, PresentationError, Shown, context, range_statement},
        schema::Schema,
    },
};
use tabella_prover::account::{AmountOpening, prove_range};
use tabella_verifier::files;

use crate::scene::{Scene, stone};

const ONE_CARAT: Bounds = Bounds { at_least: Some(1_000), at_most: None };

fn ask(attribute: &str, wanted: Wanted) -> Ask {
    Ask { attribute: attribute.into(), wanted }
}

fn challenge(byte: u8) -> Challenge {
    Challenge::new(&[byte; 32], "Bruno, jeweller")
}

fn check(scene: &Scene, presentation: &Presentation, byte: u8) -> Result<Vec<Learned>, PresentationError> {
    let findings = presentation.check(scene.provenance(), scene.ledger(), challenge(byte), &mut OsRng)?;
    assert!(findings.is_authorised && findings.theft.is_none());
    Ok(findings.attributes.into_iter().map(|(_, learned)| learned).collect())
}

/// Two stones, and that the first weighs one carat or more, for challenge 1.
fn shown() -> (Scene, [Certificate; 2], Presentation) {
    let mut scene = Scene::new();
    let certificates = scene.register(vec![stone(1), stone(2)]);
    let asks = [ask("carat", Wanted::Within(ONE_CARAT))];
    let presentation = certificates[0].present(&asks, challenge(1), &mut OsRng).unwrap();
    (scene, certificates.try_into().unwrap(), presentation)
}

/// The parts of the one range that a presentation shows.
fn range(
    presentation: &mut Presentation,
) -> (&mut u8, &mut tabella_protocol::ristretto::Element, &mut Bounds, &mut RangeProofBytes) {
    match &mut presentation.shown[0] {
        Shown::Range { attribute, commitment, bounds, proof, .. } => (attribute, commitment, bounds, proof),
        Shown::Opened { .. } => panic!("a range"),
    }
}

#[test]
fn buyer_learns_what_is_shown_and_nothing_else() {
    let (scene, [certificate, _], ranged) = shown();
    assert_eq!(check(&scene, &ranged, 1), Ok(vec![Learned::Bounds(ONE_CARAT)]));
    let asks = [
        ask("clarity", Wanted::Value),
        ask("carat", Wanted::Within(Bounds { at_least: Some(1_200), at_most: Some(1_200) })),
        ask("depth", Wanted::Within(Bounds { at_least: None, at_most: Some(6_200) })),
        ask("mine", Wanted::Value),
    ];
    let presentation = certificate.present(&asks, challenge(2), &mut OsRng).unwrap();
    let read: Presentation = files::decode(&files::encode(&presentation)).unwrap();
    let learned = check(&scene, &read, 2).unwrap();
    // In the order of the schema: carat, clarity, depth, mine.
    assert!(matches!(&learned[0], Learned::Bounds(_)));
    assert_eq!(learned[1], Learned::Value(Value::Text("VS1".into())));
    assert_eq!(learned[3], Learned::Value(Value::Empty));
    // Every attribute can be shown alone.
    for attribute in Schema::Diamond.attributes() {
        let one = certificate.present(&[ask(attribute.name, Wanted::Value)], challenge(2), &mut OsRng).unwrap();
        let value = certificate.value(attribute.name).unwrap().clone();
        assert_eq!(check(&scene, &one, 9), Ok(vec![Learned::Value(value)]), "{}", attribute.name);
    }
}

#[test]
fn range_proof_is_good_for_its_stone_question_and_bounds_only() {
    let (scene, [_, other], presentation) = shown();
    let refused = Err(PresentationError::Range("carat"));
    assert_eq!(check(&scene, &presentation, 2), refused, "another challenge");
    let passed_on =
        presentation.check(scene.provenance(), scene.ledger(), Challenge::new(&[1; 32], "Carla, insurer"), &mut OsRng);
    assert_eq!(passed_on.map(drop), Err(PresentationError::Range("carat")), "another verifier");
    for bounds in [
        Bounds { at_least: Some(1_001), at_most: None },
        Bounds { at_least: Some(999), at_most: None },
        Bounds { at_least: Some(1_000), at_most: Some(2_000) },
        Bounds { at_least: None, at_most: Some(1_000) },
    ] {
        let mut altered = presentation.clone();
        *range(&mut altered).2 = bounds;
        assert_eq!(check(&scene, &altered, 1), refused, "{bounds:?}");
    }
    for bounds in [Bounds { at_least: None, at_most: None }, Bounds { at_least: Some(2), at_most: Some(1) }] {
        let mut altered = presentation.clone();
        *range(&mut altered).2 = bounds;
        assert_eq!(check(&scene, &altered, 1), Err(PresentationError::Bounds("carat")));
    }
    // For another stone: as it is, and with that stone's own commitment and path.
    let mut altered = Presentation { asset: other.asset().unwrap(), ..presentation.clone() };
    assert_eq!(check(&scene, &altered, 1), Err(PresentationError::Commitment("carat")));
    let mut own = other.present(&[ask("carat", Wanted::Within(ONE_CARAT))], challenge(1), &mut OsRng).unwrap();
    assert!(check(&scene, &own, 1).is_ok());
    std::mem::swap(range(&mut own).3, range(&mut altered).3);
    assert_eq!(check(&scene, &own, 1), refused);
    // Of another attribute: its place in the tree is another.
    let mut altered = presentation.clone();
    *range(&mut altered).0 = Schema::Diamond.index("depth").unwrap();
    assert_eq!(check(&scene, &altered, 1), Err(PresentationError::Commitment("depth")));
    // Proof bytes that are none.
    let mut altered = presentation.clone();
    range(&mut altered).3.0.pop();
    assert_eq!(check(&scene, &altered, 1), refused);
    let elsewhere = Presentation { ledger: LedgerId([9; 32]), ..presentation };
    assert_eq!(check(&scene, &elsewhere, 1), Err(PresentationError::Ledger(LedgerId([9; 32]))));
}

// They share one equation.
#[test]
fn of_several_ranges_the_wrong_one_is_named() {
    let (scene, [certificate, _], _) = shown();
    let shallow = Bounds { at_least: None, at_most: Some(6_200) };
    let asks = [ask("carat", Wanted::Within(ONE_CARAT)), ask("depth", Wanted::Within(shallow))];
    let presentation = certificate.present(&asks, challenge(1), &mut OsRng).unwrap();
    assert_eq!(check(&scene, &presentation, 1), Ok([ONE_CARAT, shallow].map(Learned::Bounds).into()));
    for (place, name) in ["carat", "depth"].into_iter().enumerate() {
        let mut altered = presentation.clone();
        let Shown::Range { proof, .. } = &mut altered.shown[place] else { panic!("a range") };
        proof.0[32 * 5] ^= 1;
        assert_eq!(check(&scene, &altered, 1), Err(PresentationError::Range(name)));
    }
}

#[test]
fn small_stone_is_not_shown_as_a_large_one() {
    let (scene, [certificate, _], mut presentation) = shown();
    let asset = certificate.asset().unwrap();
    let two_carats = Bounds { at_least: Some(2_000), at_most: None };
    let outcome = certificate.present(&[ask("carat", Wanted::Within(two_carats))], challenge(1), &mut OsRng);
    assert_eq!(outcome, Err(CertificateError::Outside("carat")));
    // A commitment of the owner's own making, to 3 carats, with a good proof: it is not in the tree.
    let index = Schema::Diamond.index("carat").unwrap();
    let blinding = curve25519_dalek::scalar::Scalar::from(5u64);
    let own = pedersen(3_000, &blinding);
    let statement = range_statement(asset, index, challenge(1), &own, two_carats).unwrap();
    let opening = [AmountOpening::new(NoteValue(1_000), blinding)];
    let proof = prove_range(&context(scene.ledger()), &statement, &opening, &mut OsRng).unwrap();
    let (_, commitment, bounds, old) = range(&mut presentation);
    (*commitment, *bounds, *old) = (own, two_carats, proof);
    assert_eq!(check(&scene, &presentation, 1), Err(PresentationError::Commitment("carat")));
    // The registered commitment with a proof of a difference that is not there: of 1.2 - 2 carats modulo the group's order the
    // bits cannot be had, so a proof of other bits is tried.
    let (_, _, mut presentation) = shown();
    let (_, commitment, bounds, old) = range(&mut presentation);
    let statement = range_statement(asset, index, challenge(1), commitment, two_carats).unwrap();
    *bounds = two_carats;
    *old = prove_range(&context(scene.ledger()), &statement, &opening, &mut OsRng).unwrap();
    let outcome = check(&scene, &presentation, 1);
    assert!(matches!(outcome, Err(PresentationError::Range(_) | PresentationError::UnknownAsset(_))), "{outcome:?}");
}

#[test]
fn opening_that_is_not_in_the_commitment_is_refused() {
    let (scene, [certificate, other], _) = shown();
    let present = |name: &str| certificate.present(&[ask(name, Wanted::Value)], challenge(1), &mut OsRng).unwrap();
    let refused = |presentation: &Presentation| check(&scene, presentation, 1).unwrap_err();
    let opened = |presentation: &Presentation| match &presentation.shown[0] {
        Shown::Opened { opening, .. } => opening.clone(),
        Shown::Range { .. } => panic!("an opening"),
    };
    let with = |mut presentation: Presentation, new: Opening| {
        if let Shown::Opened { opening, .. } = &mut presentation.shown[0] {
            *opening = new;
        }
        presentation
    };
    let colour = present("colour");
    let Opening::Text { text, salt } = opened(&colour) else { panic!("text") };
    assert_eq!(text, "E");
    let better = with(colour.clone(), Opening::Text { text: "D".into(), salt });
    assert_eq!(refused(&better), PresentationError::Commitment("colour"));
    let unsaid = with(colour.clone(), Opening::Empty { salt });
    assert_eq!(refused(&unsaid), PresentationError::Commitment("colour"));
    let resalted = with(colour.clone(), Opening::Text { text, salt: [0; 32] });
    assert_eq!(refused(&resalted), PresentationError::Commitment("colour"));
    let carat = present("carat");
    let Opening::Number { number, blinding } = opened(&carat) else { panic!("a number") };
    let heavier = with(carat.clone(), Opening::Number { number: number + 1, blinding });
    assert_eq!(refused(&heavier), PresentationError::Commitment("carat"));
    // A value of the wrong kind, or in a form that no certificate has.
    let kind = with(carat, Opening::Text { text: "heavy".into(), salt });
    assert_eq!(refused(&kind), PresentationError::Value("carat"));
    let spaces = with(colour.clone(), Opening::Text { text: " E".into(), salt });
    assert_eq!(refused(&spaces), PresentationError::Value("colour"));
    // An attribute under another's name, another stone's attribute, one that the schema has not, or one twice.
    for (index, error) in [
        (Schema::Diamond.index("clarity").unwrap(), PresentationError::Commitment("clarity")),
        (52, PresentationError::Attribute { schema: Schema::Diamond, index: 52 }),
        (255, PresentationError::Attribute { schema: Schema::Diamond, index: 255 }),
    ] {
        let mut moved = colour.clone();
        if let Shown::Opened { attribute, .. } = &mut moved.shown[0] {
            *attribute = index;
        }
        assert_eq!(refused(&moved), error);
    }
    let foreign = Presentation { asset: other.asset().unwrap(), ..colour.clone() };
    assert_eq!(refused(&foreign), PresentationError::Commitment("colour"));
    let mut twice = colour.clone();
    twice.shown.extend(colour.shown.clone());
    assert_eq!(refused(&twice), PresentationError::Order);
    assert_eq!(refused(&Presentation { shown: Vec::new(), ..colour.clone() }), PresentationError::Order);
    let unknown = AssetId::from_bytes(&[3; 32]).unwrap();
    assert_eq!(refused(&Presentation { asset: unknown, ..colour }), PresentationError::UnknownAsset(unknown));
}

#[test]
fn owner_is_told_what_cannot_be_shown() {
    let (_, [certificate, _], _) = shown();
    let attempt = |asks: &[Ask]| certificate.present(asks, challenge(1), &mut OsRng).map(drop).unwrap_err();
    assert!(matches!(attempt(&[ask("charm", Wanted::Value)]), CertificateError::Attribute { .. }));
    let twice = [ask("carat", Wanted::Value), ask("carat", Wanted::Within(ONE_CARAT))];
    assert_eq!(attempt(&twice), CertificateError::Twice("carat"));
    for name in ["colour", "table"] {
        assert_eq!(attempt(&[ask(name, Wanted::Within(ONE_CARAT))]), CertificateError::NoNumber(name));
    }
    let at_most = Bounds { at_least: None, at_most: Some(1_199) };
    assert_eq!(attempt(&[ask("carat", Wanted::Within(at_most))]), CertificateError::Outside("carat"));
    assert_eq!(number_of(Schema::Diamond, "carat", "1"), Some(1_000));
    assert_eq!(number_of(Schema::Diamond, "colour", "1"), None);
}
