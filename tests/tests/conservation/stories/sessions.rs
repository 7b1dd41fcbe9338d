//! What is prepaid is held by the application until it is divided: sessions, deposits.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_access::{AccessDesk, Offer as RentalOffer, rules::Rentals};
use tabella_desk::Values;
use tabella_stage::testing::{file, shown};
use tabella_streaming::{Offer, StreamingDesk};
use tabella_verifier::files;

use crate::{
    town::{EVER, Town, Turn, units},
    world::CROWN,
};

const DAY: u64 = 86_400;
const TICKS: u64 = 90;
const DISPUTE: u64 = 600;

/// A session that is claimed and closed, or one that nobody watches, which comes back whole.
pub(super) async fn session(town: &Town, turn: &Turn, watched: bool) {
    const STREAMING: &str = "streaming";
    let [viewer, provider] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &StreamingDesk, form, values);
    let (crown, rate) = (town.asset(CROWN), town.draw(1, 20));
    let keys = shown(&done(viewer, "viewer-keys", &Values::new()), "Keys for the provider");
    let order = Values::new().with("viewer", keys).with("asset", crown).with("rate", units(rate));
    let order = town.perhaps_public(order.with("ticks", TICKS).with("dispute-minutes", DISPUTE / 60));
    let offer = file(&done(provider, "offer", &order), "");
    let session = files::decode::<Offer>(&offer.bytes).unwrap().session();
    let of = Values::new().with("session", session);
    let prepaid = rate * TICKS;
    let open = of.clone().with_file("offer", offer).with("asset", crown).with("at-most", units(prepaid));
    done(viewer, "open", &open);
    town.takes(STREAMING, crown, prepaid);
    let start = town.now();
    if !watched {
        turn.at(start + 9 * DAY, EVER).await;
        done(viewer, "withdraw", &of);
        town.pays(STREAMING, crown, prepaid);
        return;
    }
    turn.at(start, start + 5 * DAY).await;
    let ticks = town.draw(2, TICKS);
    let signed = file(&done(viewer, "sign-ticks", &of.clone().with("ticks", ticks)), "");
    let metered = done(provider, "check-ticks", &of.clone().with_files("signed", vec![signed]).with("credit", 3));
    // The viewer tells too few, and is answered in time.
    done(viewer, "close", &of.clone().with("ticks", 1));
    let closed = town.now();
    turn.at(closed, closed + DISPUTE).await;
    done(provider, "claim", &of.clone().with_file("signed", file(&metered, "")));
    for (party, owed) in [(provider, ticks), (viewer, TICKS - ticks)] {
        turn.at(closed + DISPUTE, EVER).await;
        done(party, "withdraw", &of);
        town.pays(STREAMING, crown, owed * rate);
    }
}

/// A rental whose right is used and whose deposit is divided, or one that is not used, which comes back whole.
pub(super) async fn rental(town: &Town, turn: &Turn, used: bool) {
    const ACCESS: &str = "access";
    let [renter, owner, arbiter, guest] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &AccessDesk, form, values);
    let (crown, part) = (town.asset(CROWN), town.draw(1, 50));
    let device = SigningKey::generate(&mut OsRng).verifying_key().to_bytes();
    let order = Values::new()
        .with("renter", shown(&done(renter, "renter-keys", &Values::new()), "Keys for the owner"))
        .with("device", hex::encode(device))
        .with("arbiter", shown(&done(arbiter, "arbiter-key", &Values::new()), "Key"))
        .with("asset", crown)
        .with("price", "1.00")
        .with("units", 4)
        .with("deposit", units(10 * part))
        .with("parts", 10)
        .with("delay-minutes", 10);
    let offer = file(&done(owner, "offer", &town.perhaps_public(order)), "");
    let rental = files::decode::<RentalOffer>(&offer.bytes).unwrap().rental();
    let of = Values::new().with("rental", rental);
    let to = town.world(|world| world.people[guest].address(0));
    let rent = of.clone().with_file("offer", offer).with("asset", crown).with("right-to", to);
    done(renter, "rent", &rent.with("at-most", "4.00").with("deposit-at-most", units(10 * part)));
    town.takes(ACCESS, crown, 10 * part);
    let start = town.now();
    if !used {
        turn.at(start + 2 * DAY, EVER).await;
        done(renter, "take-rent-back", &of);
        turn.any().await;
        done(renter, "withdraw", &of);
        town.pays(ACCESS, crown, 10 * part);
        return;
    }
    turn.at(start, start + DAY / 2).await;
    done(owner, "accept", &of);
    turn.at(start, start + DAY / 2).await;
    done(guest, "use", &of);
    town.world(|world| {
        let rentals = world.state.application::<Rentals>().unwrap();
        let right = rentals.rental(&rental).unwrap().terms().right(rental).id().unwrap();
        *world.used_up.entry(right.to_bytes()).or_default() += 1;
    });
    let until = town.now() + 4_000;
    turn.at(start, until).await;
    done(owner, "collect-rent", &of);
    turn.at(start, until).await;
    done(owner, "claim", &of.clone().with("damage", units(3 * part)));
    turn.at(start, until).await;
    done(renter, "dispute", &of);
    turn.at(start, until).await;
    done(arbiter, "decide", &of.clone().with("parts", 2));
    for (party, parts) in [(renter, 8), (owner, 2)] {
        turn.any().await;
        done(party, "withdraw", &of);
        town.pays(ACCESS, crown, parts * part);
    }
}
