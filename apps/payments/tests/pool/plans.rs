//! Transfers that are made twice, and who would have them made otherwise.

use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, SeedableRng as _};
use tabella_payments::{
    holder::Next,
    plan::{Deed, Maker, Plan, PlanError, PlanKeys, SealedCopy},
};
use tabella_protocol::{
    asset::AssetClass,
    keys::Seed,
    statement::{TransferInstance, Window},
    transaction::{ApplicationId, TransferEffects, TransferStatement},
};
use tabella_verifier::files::{decode, encode};

use crate::scene::{NOW, Scene, time};

const APPLICATION: ApplicationId = ApplicationId(*b"test\0\0\0\0");

fn instance(effects: &TransferEffects) -> &TransferInstance {
    match &effects.statement {
        TransferStatement::Transfer { instance, .. } => instance,
        TransferStatement::Cast(_) => panic!("a transfer"),
    }
}

/// The same, to be accepted at another time.
fn later(effects: &TransferEffects) -> TransferEffects {
    let mut later = effects.clone();
    if let TransferStatement::Transfer { instance, .. } = &mut later.statement {
        instance.window = Window::new(time(NOW + 7_200), time(NOW + 10_800)).unwrap();
    }
    later
}

/// What Alice is about to offer, and the transfer that she has prepared for it.
fn draft(scene: &mut Scene) -> (Deed, TransferEffects) {
    let order = scene.order(250);
    let mut alice = std::mem::replace(&mut scene.alice, crate::scene::alice());
    let Next::Transfer(draft) = alice.prepare_send(&scene.moment(), &order, &mut OsRng).unwrap() else {
        panic!("one note is enough")
    };
    scene.alice = alice;
    (Deed::Send(order), draft.effects().clone())
}

#[test]
fn altered_window_makes_no_second_transfer_of_the_same_randomness() {
    let mut scene = Scene::with_notes(&[600]);
    let (deed, draft) = draft(&mut scene);
    let keys = PlanKeys::of_seed(&Seed::new([1; 32]), APPLICATION);
    let pool = scene.ledger.state().pool(AssetClass::Ordinary);
    let maker = Maker { keys: &keys, wallet: scene.alice.wallet(), pool };
    let (plan, made) = maker.make(&draft, &deed, b"a cow", &mut ChaCha20Rng::seed_from_u64(7)).unwrap();
    let offered = made.effects().clone();
    assert_eq!(maker.again(&plan, &offered, &deed, b"a cow").unwrap().effects(), &offered);

    // Whoever writes another window into the copy: it is refused, and what was built shares nothing random.
    let refused = |plan: &Plan, offered: &TransferEffects, deed: &Deed, about: &[u8], maker: &Maker<'_>| {
        assert_eq!(maker.again(plan, offered, deed, about).unwrap_err(), PlanError::Foreign);
    };
    refused(&plan, &later(&offered), &deed, b"a cow", &maker);
    refused(&plan, &offered, &deed, b"a goat", &maker);
    let mut nobody = offered.clone();
    nobody.verifying_key.0[0] ^= 1;
    refused(&plan, &nobody, &deed, b"a cow", &maker);
    let other = Maker { keys: &PlanKeys::of_seed(&Seed::new([1; 32]), ApplicationId([9; 8])), ..maker };
    refused(&plan, &offered, &deed, b"a cow", &other);
    let stranger = Maker { keys: &PlanKeys::of_seed(&Seed::new([2; 32]), APPLICATION), ..maker };
    refused(&plan, &offered, &deed, b"a cow", &stranger);

    // Even with the same plan, that is the same nonce, the transfer of another window is another one in all of its parts.
    let (again, second) = maker.make(&later(&draft), &deed, b"a cow", &mut ChaCha20Rng::seed_from_u64(7)).unwrap();
    assert_eq!(again, plan);
    let (first, second) = (instance(&offered), instance(second.effects()));
    assert_eq!(first.nullifiers[0], second.nullifiers[0], "the same note pays");
    assert_ne!(first.rk, second.rk, "alpha");
    for (one, other) in first.commitments.iter().zip(&second.commitments) {
        assert_ne!(one, other, "rcm");
    }
}

#[test]
fn copy_is_read_by_the_seed_and_the_application_that_sealed_it_alone() {
    let keys = |seed, application: &[u8; 8]| PlanKeys::of_seed(&Seed::new([seed; 32]), ApplicationId(*application));
    let (own, note) = (keys(1, &APPLICATION.0), "which notes pay".to_owned());
    let (one, two) = (own.seal(&note, &mut OsRng), own.seal(&note, &mut OsRng));
    assert_ne!(one, two);
    assert_eq!(own.open::<String>(&one), Ok(note.clone()));
    assert_eq!(keys(1, b"other\0\0\0").open::<String>(&one), Err(PlanError::Application));
    assert_eq!(keys(2, &APPLICATION.0).open::<String>(&one), Err(PlanError::Foreign));
    let bytes = encode(&one);
    assert!(!bytes.windows(note.len()).any(|part| part == note.as_bytes()));
    // Any byte after the header is another one: the application, the salt, the length, what is sealed.
    let header = "tabella payer copy 1\n".len();
    for at in header..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(!decode::<SealedCopy>(&altered).is_ok_and(|altered| own.open::<String>(&altered).is_ok()), "{at}");
    }
    // The application's name is not what it is sealed under, but its key is.
    let mut renamed = bytes;
    renamed[header..header + 8].copy_from_slice(b"other\0\0\0");
    let renamed: SealedCopy = decode(&renamed).unwrap();
    assert_eq!(keys(1, b"other\0\0\0").open::<String>(&renamed), Err(PlanError::Foreign));
}
