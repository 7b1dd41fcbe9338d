//! Rentals as they are meant.

use rand_core::OsRng;
use tabella_access::{
    AccessKeys, OwnRentals, build,
    deposit::whole_parts,
    rules::{Party, RentalId, Rentals, Stage},
};
use tabella_payments::holder::Holder;
use tabella_protocol::note::{Lock, NoteValue};
use tabella_protocol::note_encryption::Memo;
use tabella_prover::{
    account::AmountOpening,
    builder::{Settlement, SpendPath, TransactionBuilder},
};
use tabella_verifier::application::{InstanceId, Readable as _};

use crate::scene::{DELAY, NOW, PART, PARTS, PRICE, SECONDS, Scene, UNITS, USABLE, accepted, no_proof, seed, time};

/// The owner claims the rent into its own wallet.
fn claim_rent(scene: &mut Scene, id: RentalId, path: SpendPath) -> crate::scene::Outcome {
    scene.read();
    let rental = scene.stored(&id).clone();
    let owner = path == SpendPath::Claim;
    let holder = if owner { &scene.owner_holder } else { &scene.holder };
    let found =
        if owner { build::find_rent(holder.wallet(), &rental) } else { build::find_refund(holder.wallet(), &rental) };
    let (pool, position, value) = found.unwrap();
    assert_eq!(value, NoteValue(PRICE * u64::from(UNITS)));
    let to = Settlement::To(holder.wallet().address(0), Memo::empty());
    let mut owned = Holder::new(&seed(if owner { 2 } else { 1 }), 0);
    owned.read_log(&scene.state, &scene.log).unwrap();
    let transfer = owned.prepare_settlement(&scene.at(), (pool, position), path, to, &mut OsRng).unwrap();
    let mut builder = TransactionBuilder::new(scene.ledger());
    builder.add(transfer);
    let transaction = owned.authorize(builder.build().unwrap(), &no_proof, &mut OsRng).unwrap();
    scene.submit(transaction)
}

fn balance(scene: &mut Scene, party: Party) -> u128 {
    scene.read();
    let holder = if party == Party::Owner { &scene.owner_holder } else { &scene.holder };
    let pool = scene.state.pool(tabella_protocol::asset::AssetClass::Ordinary).id();
    holder.wallet().balance(pool, scene.asset, time(scene.now + 100_000_000)).spendable
}

#[test]
fn rent_is_the_owners_once_the_right_was_used_and_the_deposit_comes_back_by_itself() {
    for public in [true, false] {
        let mut scene = Scene::new();
        let id = scene.accepted_rental(public);
        let rent = PRICE * u64::from(UNITS);
        let row = |scene: &Scene| {
            scene.state.application::<Rentals>().unwrap().row(&InstanceId(id.0), time(scene.now)).unwrap()
        };
        assert_eq!(row(&scene).price.is_some(), public);
        assert_eq!(row(&scene).stage, "accepted");
        accepted(scene.use_as(id, |_| ()));
        let claim_until = time(NOW + SECONDS + DELAY);
        assert_eq!(scene.stage_of(&id), Stage::Used { claim_until });
        accepted(claim_rent(&mut scene, id, SpendPath::Claim));
        assert_eq!(balance(&mut scene, Party::Owner), u128::from(rent));
        scene.now += SECONDS + DELAY;
        assert_eq!(scene.stage_of(&id), Stage::Settled { parts: 0 });
        accepted(scene.withdraw(id, Party::Renter, PARTS));
        assert_eq!(balance(&mut scene, Party::Renter), u128::from(24_000 - rent));
    }
}

#[test]
fn nothing_used_nothing_paid() {
    let mut scene = Scene::new();
    let (unaccepted, unused) = (scene.rented(false), scene.accepted_rental(false));
    scene.now += USABLE;
    for id in [unaccepted, unused] {
        assert_eq!(scene.stage_of(&id), Stage::Settled { parts: 0 });
        accepted(scene.withdraw(id, Party::Renter, PARTS));
        scene.now = scene.now.max(scene.stored(&id).terms().closes().unwrap().seconds());
        accepted(claim_rent(&mut scene, id, SpendPath::Refund));
    }
    assert_eq!(balance(&mut scene, Party::Renter), 24_000);
}

#[test]
fn deposit_is_divided_by_both_by_the_arbiter_or_by_time() {
    let mut scene = Scene::new();
    // By both, at once, also before the right was used.
    for (public, parts) in [(true, 0), (false, 3), (true, PARTS)] {
        let id = scene.used(public);
        accepted(scene.settle(id, parts));
        divided(&mut scene, id, parts);
        scene.now += SECONDS;
    }
    let unused = scene.rented(false);
    accepted(scene.settle(unused, 1));
    divided(&mut scene, unused, 1);
    // A claim that nobody disputes stands.
    let id = scene.used(false);
    accepted(scene.claim(id, 4));
    scene.now += SECONDS + DELAY;
    divided(&mut scene, id, 4);
    // Disputed: the arbiter decides, or nobody does.
    for decided in [Some(0), Some(2), Some(4), None] {
        scene.now += SECONDS;
        let id = scene.used(decided == Some(2));
        scene.now += SECONDS;
        accepted(scene.claim(id, 4));
        scene.now += DELAY - 1;
        accepted(scene.dispute(id));
        match decided {
            Some(parts) => accepted(scene.decide(id, parts)),
            None => scene.now += DELAY,
        }
        divided(&mut scene, id, decided.unwrap_or(0));
    }
}

/// Each withdraws what is theirs, and all of it together is the deposit.
fn divided(scene: &mut Scene, id: RentalId, parts: u32) {
    assert_eq!(scene.stage_of(&id), Stage::Settled { parts });
    for (by, share) in [(Party::Owner, parts), (Party::Renter, PARTS - parts)] {
        if share > 0 {
            accepted(scene.withdraw(id, by, share));
        }
        assert_eq!(scene.stored(&id).is_paid(by), share > 0);
    }
}

#[test]
fn parties_find_their_rentals_and_prices_again_from_the_seed_and_the_log() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    for (party, number) in [(Party::Renter, 1), (Party::Owner, 2)] {
        let keys = AccessKeys::of_seed(&seed(number), 0);
        let mut own = OwnRentals::new(&keys);
        for (number, entry) in (0..).zip(&scene.log) {
            own.read(number, &entry.transaction).unwrap();
        }
        let found = own.get(&id).unwrap();
        assert_eq!(found.party, party);
        assert_eq!(found.prices.as_ref().map(|prices| prices.part.value()), Some(NoteValue(PART)));
        assert_eq!(own.own_use(&id).is_some(), party == Party::Renter);
        assert_eq!(found.due(scene.stored(&id), time(scene.now)), None);
        let over = time(scene.now + SECONDS + DELAY);
        let due = (party == Party::Renter).then_some((PARTS, NoteValue(PART * u64::from(PARTS))));
        assert_eq!(found.due(scene.stored(&id), over), due);
    }
    let stranger = AccessKeys::of_seed(&seed(1), 1);
    let mut own = OwnRentals::new(&stranger);
    for (number, entry) in (0..).zip(&scene.log) {
        own.read(number, &entry.transaction).unwrap();
    }
    assert_eq!(own.iter().count(), 0);
}

#[test]
fn damage_is_rounded_down_to_whole_parts_and_never_above_the_deposit() {
    let parts = |damage| whole_parts(NoteValue(damage), NoteValue(PART), PARTS).ok();
    let all = PART * u64::from(PARTS);
    for (damage, expected) in [
        (0, Some(0)),
        (PART - 1, Some(0)),
        (PART, Some(1)),
        (all - 1, Some(PARTS - 1)),
        (all, Some(PARTS)),
        (all + 1, None),
    ] {
        assert_eq!(parts(damage), expected, "{damage}");
    }
    for kept in 0..=PARTS {
        let share = |parts: u32| AmountOpening::public(NoteValue(PART)).times(u64::from(parts)).unwrap().value().0;
        assert_eq!(share(kept) + share(PARTS - kept), all);
    }
}

#[test]
fn two_rentals_of_one_renter_share_nothing_that_everybody_sees() {
    let mut scene = Scene::new();
    let first = scene.used(false);
    scene.now += SECONDS;
    // The client takes the next number for each rental.
    scene.renter = AccessKeys::of_seed(&seed(1), 1);
    let second = scene.used(false);
    let [one, two] = [first, second].map(|id| scene.stored(&id).terms().clone());
    assert_ne!(one.renter.signer, two.renter.signer);
    assert_ne!(one.renter.reader, two.renter.reader);
    assert_ne!(one.right(first).id(), two.right(second).id());
    assert_ne!(one.price, two.price);
    assert_ne!(one.part, two.part);
    assert_ne!(AccessKeys::of_seed(&seed(1), 0).use_key(first), scene.renter.use_key(second));
    assert_ne!(scene.renter.use_key(first), scene.renter.use_key(second));
    // Nor do the escrows: each has a refund party and a nullifier key of its own.
    scene.read();
    let escrows: Vec<_> = scene
        .holder
        .wallet()
        .notes()
        .filter_map(|note| match note.note().lock {
            Lock::Escrow(escrow) => Some((escrow.refund.to_bytes(), escrow.contract.guard.to_bytes())),
            Lock::Plain(_) => None,
        })
        .collect();
    assert_eq!(escrows.len(), 2);
    assert!(escrows[0].0 != escrows[1].0 && escrows[0].1 != escrows[1].1);
}
