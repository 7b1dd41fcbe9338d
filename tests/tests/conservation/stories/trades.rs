//! What is paid is credited and withdrawn: works and their licences, energy by auction.

use tabella_desk::{File, Values};
use tabella_energy::{
    MeterDevice,
    desk::EnergyDesk,
    meter::MeterKey,
    rules::{EnergyMarkets, MarketId},
};
use tabella_market::{desk::MarketDesk, order::licence_of};
use tabella_market_rules::work::WorkId;
use tabella_protocol::keys::Seed;
use tabella_stage::testing::{issuer_file, shown};
use tabella_verifier::files;

use crate::{
    town::{EVER, Town, Turn, document, units},
    world::{CROWN, MARKET},
};

const PASSPHRASE: &str = "a street of elms";

fn signed(values: Values, key: &File) -> Values {
    values.with_file("key", key.clone()).with("passphrase", PASSPHRASE)
}

/// A work is registered and its licences are sold; one is sold again with a royalty, one is offered and taken back; holders and
/// reseller withdraw.
pub(super) async fn work(town: &Town, turn: &Turn) {
    let [shop, ann, ben, buyer, second] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &MarketDesk, form, values);
    let (crown, key) = (town.asset(CROWN), issuer_file(PASSPHRASE));
    let line = |who, name: &str, role: &str| {
        let keys = done(who, "keys", &Values::new().with("name", name).with("role", role));
        shown(&keys, "Line for the seller")
    };
    let holders = format!("60 | {}\n40 | {}", line(ann, "Ann", "MainArtist"), line(ben, "Ben", "Producer"));
    let draft = Values::new()
        .with("title", "Song of the Marsh")
        .with("artist", "Ann")
        .with("payment", crown)
        .with("licence", "Song of the Marsh, licence")
        .with("edition", 100)
        .with("royalty", "10")
        .with("minimum", "2.00")
        .with("holders", holders);
    let mut registration = done(shop, "draft-registration", &signed(draft, &key)).files.remove(0);
    for (holder, share) in [(ann, "60"), (ben, "40")] {
        turn.any().await;
        let values = Values::new().with_file("registration", registration).with("share", share);
        registration = done(holder, "sign-registration", &values).files.remove(0);
    }
    let registered = done(ben, "submit-registration", &Values::new().with_file("registration", registration));
    let work: WorkId = shown(&registered, "Work").parse().unwrap();
    let of = Values::new().with("work", work);
    let licence = town.world(|world| licence_of(&world.state, &work)).unwrap();

    // Two sales of two licences: one of them may be public.
    for _ in 0..2 {
        turn.any().await;
        let price = town.draw(500, 5_000);
        let agreed = of.clone().with("licences", 2).with("price", units(price));
        let agreed = town.perhaps_public(agreed);
        let order = done(buyer, "buy", &agreed.clone().with("asset", crown)).files.remove(0);
        done(shop, "sell", &signed(agreed.with_file("order", order), &key));
        town.takes(MARKET, crown, price);
    }

    // One licence for anybody, one that is taken back, one by agreement.
    let offer = |ask: Option<u64>| {
        let one = of.clone().with("licences", 1);
        let one = ask.map_or(one.clone(), |ask| one.with("ask", units(ask)));
        let offer = shown(&done(buyer, "offer", &one), "Offer");
        town.takes(MARKET, licence, 1);
        offer
    };
    turn.any().await;
    let open = offer(Some(250));
    turn.any().await;
    done(second, "buy-offer", &Values::new().with("offer", open).with("asset", crown).with("price", "2.50"));
    town.takes(MARKET, crown, 250);
    town.pays(MARKET, licence, 1);
    turn.any().await;
    let back = offer(None);
    turn.any().await;
    done(buyer, "take-back", &Values::new().with("offer", back));
    town.pays(MARKET, licence, 1);
    turn.any().await;
    let agreed = offer(None);
    turn.any().await;
    let (price, values) = (town.draw(200, 900), Values::new().with("offer", agreed));
    let values = values.with("price", units(price));
    let order = done(second, "buy-offer", &values.clone().with("asset", crown)).files.remove(0);
    done(buyer, "accept", &values.with_file("order", order).with("licences", 1));
    town.takes(MARKET, crown, price);
    town.pays(MARKET, licence, 1);

    for _ in 0..2 {
        for party in [ann, ben, buyer] {
            turn.any().await;
            let amount = town.draw(1, 150);
            done(party, "withdraw", &town.perhaps_public(of.clone().with("amount", units(amount))));
            town.pays(MARKET, crown, amount);
        }
    }
}

/// A household sells what its meter has fed in; one bid is not revealed, and comes back less the penalty.
pub(super) async fn auction(town: &Town, turn: &Turn) {
    const ENERGY: &str = "energy";
    let [operator, dan, eva, anna, ben, cora] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &EnergyDesk, form, values);
    let (crown, key, start) = (town.asset(CROWN), issuer_file(PASSPHRASE), town.now());
    let collectors = [dan, eva].map(|who| shown(&done(who, "collector-keys", &Values::new()), "Your keys for energy"));
    let terms = Values::new()
        .with("name", "Elm Street")
        .with("payment", crown)
        .with("tick", "0.05")
        .with("max-price", "1.00")
        .with("bidding", 10)
        .with("revealing", 5)
        .with("collectors", collectors.join("\n"));
    let opened = done(operator, "open", &signed(terms, &key));
    let market: MarketId = shown(&opened, "Market").parse().unwrap();
    let of = Values::new().with("market", market);
    let terms =
        town.world(|world| world.state.application::<EnergyMarkets>().unwrap().market(&market).unwrap().terms.clone());
    let energy = terms.energy_id().unwrap();
    let at = |time: Option<tabella_protocol::note::Timestamp>| time.unwrap().seconds();
    let (ends, closes, revealed) = (at(terms.ends(0)), at(terms.closes(0)), at(terms.revealed_by(0)));

    // The meter is certified and registered, reads, and what it has fed in is minted.
    let keys = shown(&done(anna, "keys", &Values::new()), "Your keys for energy");
    let meter = MeterKey::new(Seed::new([51; 32]), &terms, (market, keys.parse().unwrap()), (0, 25_000));
    let certify = Values::new().with_file("request", document(&files::encode(&meter.request())));
    let certify = signed(certify, &key).with("meter", hex::encode(meter.record().meter.signer));
    let certificate = done(operator, "certify", &certify).files.remove(0);
    turn.at(start, ends).await;
    done(anna, "register", &Values::new().with_file("certificate", certificate));
    turn.at(ends, closes).await;
    let fed = town.draw(600, 700);
    let reading = MeterDevice::start(&meter, 0).sign(0, [fed, 100]).unwrap();
    done(anna, "attest", &Values::new().with_files("readings", vec![document(&files::encode(&reading))]));
    turn.at(ends, closes).await;
    done(anna, "mint", &of);
    town.world(|world| *world.metered.entry(energy.to_bytes()).or_default() += u128::from(fed));

    // She sells 6 lots of 100 Wh; what Ben leaves of them keeps the price at 0.20.
    let lots = town.draw(1, 6);
    let bids =
        [(anna, "sell", 6, 20, energy, 600), (ben, "buy", lots, 50, crown, 50 * lots), (cora, "buy", 2, 30, crown, 60)];
    for (who, side, lots, price, asset, locked) in bids {
        turn.at(ends, closes).await;
        let bid = of.clone().with("side", side).with("lots", lots).with("asset", crown);
        done(who, "bid", &bid.with("price", units(price)).with("interval", 0));
        town.takes(ENERGY, asset, locked);
    }
    for who in [anna, ben] {
        turn.at(closes, revealed).await;
        done(who, "reveal", &of);
    }
    turn.at(revealed, EVER).await;
    done(dan, "clear", &of.clone().with("interval", 0));
    for (who, watt_hours, money) in [(anna, 600 - 100 * lots, 20 * lots), (ben, 100 * lots, 30 * lots)] {
        turn.any().await;
        done(who, "take", &of);
        town.pays(ENERGY, energy, watt_hours);
        town.pays(ENERGY, crown, money);
    }
    turn.any().await;
    done(cora, "reclaim", &of);
    town.pays(ENERGY, crown, 54);
    turn.any().await;
    done(operator, "penalties", &signed(of, &key));
    town.pays(ENERGY, crown, 6);
}
