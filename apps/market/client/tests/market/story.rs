//! The whole story on a real ledger, with all proofs: a work, a sale, a withdrawal, a resale, a statement; then the ledger is read
//! again from its beginning.

use rand_core::OsRng;
use tabella_market::{
    account,
    history::{OwnAccount, read_credits, read_history},
    income::state_income,
    keys::MarketKeys,
    order::{self, Wanted},
    price::Priced,
    report::{ReportHeader, report},
    work::Registration,
};
use tabella_market_rules::{
    Market,
    metadata::{Metadata, PartyName},
    work::{Holder as Share, ListingId, Work},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Seed,
    note::{NoteValue, Timestamp},
};
use tabella_prover::builder::Blinding;
use tabella_stage::{Person, Stage};
use tabella_verifier::{log::Origin, state::standard_applications};

use crate::shop::{NOW, time};

#[test]
fn song_is_registered_sold_paid_out_and_sold_again() {
    let folder = tempfile::tempdir().unwrap();
    let applications = standard_applications().with(Market::default()).unwrap();
    let name = Origin::new("ledger.test").unwrap();
    let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(NOW)).unwrap();
    let ledger = stage.ledger.id();
    let rng = &mut OsRng;
    let [mut ann, shop, mut buyer, mut second] =
        ["Ann", "Shop", "Buyer", "Second"].map(|name| Person::new(name, &mut OsRng));
    let of = |byte: u8| MarketKeys::of_seed(&Seed::new([byte; 32]), 0);
    let (ann_keys, ben_keys, buyer_keys) = (of(1), of(2), of(3));
    let notes = [(buyer.address(0), NoteValue(500)), (second.address(0), NoteValue(400))];
    let crown = stage.issue(&shop.key, ("Crown", 2), &notes).unwrap();

    // The work.
    let party = |name: &str, role: &str| PartyName { name: name.into(), role: role.into(), id: String::new() };
    let metadata = Metadata {
        title: "Song of the Marsh".into(),
        artist: "Ann".into(),
        isrc: "QZABC2600001".into(),
        release: String::new(),
        parties: vec![party("Ann", "MainArtist"), party("Ben", "Producer")],
        salt: "00".into(),
    };
    let work = Work {
        title: metadata.title.clone(),
        metadata: metadata.digest(),
        holders: vec![Share { party: ann_keys.party(), share: 6_667 }, Share { party: ben_keys.party(), share: 3_333 }],
        licence: AssetDescription {
            issuer: shop.verifying_key(),
            name: "Song of the Marsh, licence".into(),
            decimals: 0,
            cap: 100,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        },
        payment: crown,
        royalty: 1_000,
        minimum: 10,
        resale_minimum: 0,
        nonce: [1; 32],
    };
    let mut registration = Registration::new(ledger, work).unwrap();
    assert_eq!(registration.sign(&ann_keys).unwrap(), 6_667);
    assert!(registration.finish().unwrap_err().to_string().contains(&hex::encode(ben_keys.party().owner)));
    assert_eq!(registration.sign(&ben_keys).unwrap(), 3_333);
    registration.sign_as_seller(&shop.key).unwrap();
    let id = registration.id();
    stage.submit(registration.finish().unwrap()).unwrap();

    // A sale.
    let price = Priced::new(NoteValue(101), false, rng);
    let payment = stage
        .ready(&mut buyer, |buyer, at| {
            buyer.holder.prepare_exit(at, crown, price.value(), price.blinding(), &mut OsRng)
        })
        .unwrap();
    let wanted = Wanted { work: id, licences: 1, to: buyer.address(1), invoice: [4; 32] };
    let state = stage.ledger.state();
    let order = order::order(state, &buyer.holder, &wanted, (payment, &price), stage.parameters(), rng).unwrap();
    assert_eq!(order.review(state).unwrap().price, NoteValue(101));
    let sale = order.approve(state, &shop.key).unwrap();
    assert_eq!(sale.effects.transfers.len(), 1);
    stage.submit(sale).unwrap();
    buyer.read(&stage).unwrap();
    let licence = order::licence_of(stage.ledger.state(), &id).unwrap();
    assert_eq!(stage.balance(&buyer, licence).unwrap(), 1);
    assert_eq!(stage.balance(&buyer, crown).unwrap(), 399);

    // Ann takes what is whole.
    let own = read_history(&ann_keys, &stage.ledger, 20).unwrap().account(&id).unwrap().clone();
    assert_eq!(own.incoming, 101 * 66_670_000);
    stage.submit(account::collect(&ann_keys, ledger, &own)).unwrap();
    let own = read_history(&ann_keys, &stage.ledger, 20).unwrap().account(&id).unwrap().clone();
    let amount = Priced::new(NoteValue(OwnAccount::whole(own.settled)), false, rng);
    assert_eq!(amount.value(), NoteValue(67));
    let to = ann.address(0);
    let entry =
        ann.holder.prepare_entry(&stage.moment().unwrap(), crown, to, amount.value(), amount.blinding(), rng).unwrap();
    let held = *stage.ledger.state().application::<Market>().unwrap().account(id, own.id).unwrap();
    let with = account::withdraw(&ann_keys, ledger, &own, &held, entry, &amount, rng).unwrap();
    let withdrawal =
        ann.holder.authorize_with(with.transaction, stage.parameters(), rng, |_| vec![with.proof]).unwrap();
    stage.submit(withdrawal).unwrap();
    ann.read(&stage).unwrap();
    assert_eq!(stage.balance(&ann, crown).unwrap(), 67);

    // The buyer sells it again, to anybody for 50.
    let out = stage
        .ready(&mut buyer, |buyer, at| {
            buyer.holder.prepare_exit(at, licence, NoteValue(1), Blinding::Public, &mut OsRng)
        })
        .unwrap();
    let (prepared, proof) = order::offer(ledger, buyer_keys.party(), (id, 1), Some(NoteValue(50)), out).unwrap();
    let listing = ListingId::derive(prepared.digest(), 0);
    let offer = buyer.holder.authorize_with(prepared, stage.parameters(), rng, |_| vec![proof]).unwrap();
    stage.submit(offer).unwrap();
    let price = Priced::Public(NoteValue(50));
    let payment = stage
        .ready(&mut second, |second, at| {
            second.holder.prepare_exit(at, crown, price.value(), price.blinding(), &mut OsRng)
        })
        .unwrap();
    let to = second.address(0);
    let moment = stage.moment().unwrap();
    let entry = second.holder.prepare_entry(&moment, licence, to, NoteValue(1), Blinding::Public, rng).unwrap();
    let state = stage.ledger.state();
    let bought =
        order::order_offered(state, &second.holder, listing, (payment, &price), entry, stage.parameters(), rng)
            .unwrap();
    stage.submit(bought.into_transaction()).unwrap();
    second.read(&stage).unwrap();
    assert_eq!(stage.balance(&second, licence).unwrap(), 1);

    // Everybody adds it up; Ann states her income, and reports.
    let market = stage.ledger.state().application::<Market>().unwrap();
    let audit = market.audit(&id).unwrap();
    assert_eq!((audit.accounts, audit.holds), (3, true));
    let history = read_history(&ann_keys, &stage.ledger, 20).unwrap();
    let statement = state_income(&ann_keys, ledger, &history, id, (Timestamp::ZERO, Timestamp::MAX), rng);
    assert_eq!(statement.income.parts, 101 * 66_670_000 + 50 * 6_667_000);
    let (_, credits) = read_credits(&stage.ledger).unwrap();
    statement.check(ledger, &credits).unwrap();
    let resold = read_history(&buyer_keys, &stage.ledger, 20).unwrap().account(&id).unwrap().incoming;
    assert_eq!(resold, 50 * 90_000_000);
    check_report(&metadata, &history.credits().iter().collect::<Vec<_>>());
}

fn check_report(metadata: &Metadata, credits: &[&tabella_market::history::ReadCredit]) {
    let header = ReportHeader {
        message_version: "dsrf/1.2/1.5/1.4".into(),
        message: "M-1".into(),
        created: "2027-01-15T08:00:00Z".into(),
        period: ("2027-01-01".into(), "2027-01-31".into()),
        sender: ("PADPIDA2026000001A".into(), "Shop".into()),
        recipient: ("PADPIDA2026000002B".into(), "Ann".into()),
        territory: "Worldwide".into(),
        currency: "KRW".into(),
        service: "Shop".into(),
        decimals: 2,
    };
    let text = report(&header, metadata, "work", credits);
    let records: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let kinds: Vec<(&str, usize)> = records.iter().map(|cells| (cells[0], cells.len())).collect();
    let expected = [
        ("HEAD", 16),
        ("SY01.03", 18),
        ("SY01.03", 18),
        ("RE01.03", 17),
        ("AS01.03", 15),
        ("SU01.03", 13),
        ("SU01.03", 13),
        ("FOOT", 6),
    ];
    assert_eq!(kinds, expected);
    // 66.67 % of 1.01, and of a tenth of 0.50.
    assert_eq!((records[1][8], records[1][11]), ("1", "0.673367"));
    assert_eq!((records[2][8], records[2][11]), ("1", "0.033335"));
    assert_eq!((records[5][2], records[5][8], records[5][10]), ("1", "1", "1.01"));
    assert_eq!((records[6][2], records[6][8], records[6][10]), ("2", "1", "0.5"));
    assert_eq!(records[7], ["FOOT", "8", "8", "2", "1", "1"]);
}
