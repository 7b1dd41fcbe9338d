//! Licences that are sold again: the royalty goes along, and there is no way round.

use rand_core::OsRng;
use tabella_market::{
    order::{self, ApprovalError},
    price::Priced,
};
use tabella_market_rules::{
    MarketRejection,
    action::{MarketAction, MarketProof, Resale},
    price::Price,
    work::{ListingId, WorkId},
};
use tabella_payments::holder::{Next, PaymentOrder, Step};
use tabella_protocol::{
    account::{AccountAction, AccountProof, Amount, OpenAccount, ReturnTo},
    note::NoteValue,
    note_encryption::Memo,
    ristretto::{Element, blinding_base},
    transaction::{Action, Transaction},
};
use tabella_prover::builder::{Blinding, TransactionBuilder};
use tabella_verifier::{
    accounts::AccountRejection, application::UseError, shielded::ShieldedRejection, state::LedgerRejection,
};

use crate::shop::{NOW, Shop, altered, keys, no_proof, only_equations, rule, time};

/// The buyer has three licences.
fn sold() -> (Shop, WorkId) {
    let (mut shop, work) = Shop::new();
    shop.sell(work, 3, 300);
    (shop, work)
}

fn buy(shop: &mut Shop, work: WorkId, listing: ListingId, licences: u64, price: &Priced) -> order::Order {
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let payment = shop.exit(shop.crown, price.value().0, price.blinding());
    let licence = shop.entry(licence, licences, Blinding::Public);
    order::order_offered(&shop.state, &shop.buyer, listing, (payment, price), licence, &no_proof, &mut OsRng).unwrap()
}

fn licences(shop: &Shop, work: WorkId) -> u128 {
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let pool = shop.state.pool(tabella_protocol::asset::AssetClass::Named).id();
    shop.buyer.wallet().balance(pool, licence, time(NOW)).spendable
}

#[test]
fn resale_pays_the_royalty_and_the_rest_to_the_reseller() {
    let (mut shop, work) = sold();
    let reseller = keys(5);
    // For a public price, which needs nobody's leave.
    let listing = shop.offer(work, 1, Some(200));
    assert_eq!(licences(&shop, work), 2);
    assert_eq!(shop.market().offers(work).count(), 1);
    let bought = buy(&mut shop, work, listing, 1, &Priced::Public(NoteValue(200)));
    shop.honest(bought.into_transaction());
    assert_eq!(licences(&shop, work), 3);
    // And for one that the reseller agrees to.
    let listing = shop.offer(work, 2, None);
    let bought = buy(&mut shop, work, listing, 2, &Priced::new(NoteValue(101), false, &mut OsRng));
    assert_eq!(bought.review(&shop.state).unwrap().price, NoteValue(101));
    assert_eq!(bought.clone().approve(&shop.state, &shop.seller), Err(ApprovalError::Key));
    assert_eq!(bought.clone().approve_resale(&shop.state, &keys(1)), Err(ApprovalError::Key));
    let bought = bought.approve_resale(&shop.state, &reseller).unwrap();
    shop.honest(bought);
    // 5 % of 301, in parts: 70 % and 30 %; 95 % to the reseller.
    assert_eq!(shop.own(&shop.ann, work).incoming, 300 * 70_000_000 + 301 * 3_500_000);
    assert_eq!(shop.own(&shop.ben, work).incoming, 300 * 30_000_000 + 301 * 1_500_000);
    assert_eq!(shop.own(&reseller, work).incoming, 301 * 95_000_000);
    let audit = shop.market().audit(&work).unwrap();
    assert_eq!((audit.accounts, audit.holds), (3, true));
    // The reseller withdraws like a holder.
    shop.collect(&reseller, work);
    let own = shop.own(&reseller, work);
    let withdrawal = shop.withdrawal(&reseller, &own, &Priced::new(NoteValue(285), false, &mut OsRng));
    shop.honest(withdrawal);
    assert_eq!(shop.own(&reseller, work).total(), 95_000_000);
}

#[test]
fn licence_that_changes_hands_without_the_market_is_refused() {
    let (mut shop, work) = sold();
    let licence = order::licence_of(&shop.state, &work).unwrap();
    // Sent to a friend, or to oneself.
    let order =
        PaymentOrder { to: shop.buyer.wallet().address(3), asset: licence, amount: NoteValue(1), memo: Memo::empty() };
    let at = tabella_payments::holder::Moment { state: &shop.state, keys: crate::shop::proving_keys(), now: time(NOW) };
    let Step::Pay(sent) = shop.buyer.prepare(&at, &order, &mut OsRng).unwrap() else { panic!() };
    let effects = sent.effects().clone();
    let sent = shop.buyer.authorize(sent, &no_proof, &mut OsRng).unwrap();
    assert_eq!(shop.submit(sent), Err(LedgerRejection::Shielded(ShieldedRejection::Governed(0))));
    shop.buyer.release(&effects);
    // Into an account, and on from there.
    let open = OpenAccount { owner: [1; 32], viewer: Element::new(*blinding_base()), asset: licence, nonce: [0; 32] };
    let account = open.id(shop.state.id());
    use ed25519_dalek::Signer as _;
    let owner = ed25519_dalek::SigningKey::from_bytes(&[42; 32]);
    let open = OpenAccount { owner: owner.verifying_key().to_bytes(), ..open };
    let account = {
        _ = account;
        open.id(shop.state.id())
    };
    let action = |action: &AccountAction| Action {
        application: tabella_protocol::account::APPLICATION,
        body: borsh::to_vec(action).unwrap(),
    };
    let effects = tabella_protocol::transaction::TransactionEffects::new(
        shop.state.id(),
        Vec::new(),
        vec![action(&AccountAction::Open(open))],
    );
    let signature = owner.sign(&tabella_protocol::account::owner_message(effects.digest())).to_bytes();
    let proof = AccountProof {
        signature: Some(tabella_protocol::transaction::SignatureBytes(signature)),
        ..AccountProof::default()
    };
    shop.honest(Transaction { effects, transfers: Vec::new(), action_proofs: vec![borsh::to_vec(&proof).unwrap()] });
    let deposit = AccountAction::Deposit {
        account,
        transfer: 0,
        amount: Amount::Public(NoteValue(1)),
        sealed: None,
        return_to: ReturnTo::Account(account),
        deadline: time(NOW + 60),
    };
    let transfer = shop.exit(licence, 1, Blinding::Public);
    let mut builder = TransactionBuilder::new(shop.state.id());
    builder.add(transfer);
    builder.add_action(action(&deposit));
    let proof = borsh::to_vec(&AccountProof::default()).unwrap();
    let prepared = builder.build().unwrap();
    let deposited = shop.buyer.authorize_with(prepared, &no_proof, &mut OsRng, |_| vec![proof]).unwrap();
    match shop.submit(deposited) {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            assert_eq!(rejection.reason(), Some(&AccountRejection::Use(UseError::Governed(0))));
        }
        other => panic!("{other:?}"),
    }
    let _ = Next::Transfer;
}

#[test]
fn resale_without_royalty_payment_or_leave_is_refused() {
    let (mut shop, work) = sold();
    let reseller = keys(5);
    let listing = shop.offer(work, 1, None);
    let price = Priced::new(NoteValue(100), false, &mut OsRng);
    let unsigned = buy(&mut shop, work, listing, 1, &price).into_transaction();
    assert_eq!(rule(shop.submit(unsigned.clone())), MarketRejection::Signatures { expected: 1, found: 0 });
    let digest = unsigned.effects.digest();
    let stranger = altered(&unsigned, 0, |proof| proof.signatures = vec![keys(6).sign(digest)]);
    assert_eq!(rule(shop.submit(stranger)), MarketRejection::Signature(0));
    // The holders' parts are left out, or are for the reseller alone.
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let all_to_one = [reseller.party().viewer; 3];
    for (viewers, parts) in [(&all_to_one[..1], Some(3)), (&all_to_one[..], None)] {
        let payment = shop.exit(shop.crown, 100, price.blinding());
        let carried = tabella_market::price::Carried::of(&payment).unwrap();
        let entry = shop.entry(licence, 1, Blinding::Public);
        let hidden = price.price(viewers, &mut OsRng);
        let resale = Resale { listing, payment: 0, licence: 1, price: hidden.clone() };
        let transaction = shop.transaction(vec![payment, entry], &[MarketAction::Resale(resale)], |effects| {
            let context = crate::shop::context(effects);
            let proof = price.prove(&context, &hidden, viewers, &carried, &mut OsRng).unwrap();
            vec![MarketProof { signatures: vec![reseller.sign(effects.digest())], ..proof }]
        });
        match parts {
            Some(parts) => assert_eq!(rule(shop.submit(transaction)), MarketRejection::Parts(parts)),
            None => assert_eq!(shop.submit(transaction), only_equations()),
        }
    }
    // Without paying: the licence alone enters the pool.
    let entry = shop.entry(licence, 1, Blinding::Public);
    let resale = Resale { listing, payment: 1, licence: 0, price: Price::Public(NoteValue(100)) };
    let unpaid = shop.transaction(vec![entry], &[MarketAction::Resale(resale)], |effects| {
        vec![MarketProof { signatures: vec![reseller.sign(effects.digest())], ..MarketProof::default() }]
    });
    assert_eq!(rule(shop.submit(unpaid)), MarketRejection::Use(UseError::NoSuchTransfer(1)));
}

#[test]
fn public_price_is_paid_exactly_and_an_offer_once() {
    let (mut shop, work) = sold();
    let listing = shop.offer(work, 1, Some(200));
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let resale = |price: Price| MarketAction::Resale(Resale { listing, payment: 0, licence: 1, price });
    for (paid, licences, expected) in [
        (199, 1, MarketRejection::Ask(200)),
        (201, 1, MarketRejection::Ask(200)),
        (200, 2, MarketRejection::Use(UseError::Amount(1))),
    ] {
        let transfers =
            vec![shop.exit(shop.crown, paid, Blinding::Public), shop.entry(licence, licences, Blinding::Public)];
        let action = resale(Price::Public(NoteValue(paid)));
        let wrong = shop.transaction(transfers, &[action], |_| vec![MarketProof::default()]);
        assert_eq!(rule(shop.submit(wrong)), expected);
    }
    let first = buy(&mut shop, work, listing, 1, &Priced::Public(NoteValue(200))).into_transaction();
    let second = buy(&mut shop, work, listing, 1, &Priced::Public(NoteValue(200))).into_transaction();
    shop.honest(first);
    assert_eq!(rule(shop.submit(second)), MarketRejection::UnknownListing(listing));
}

#[test]
fn offer_is_taken_back_by_its_reseller_alone_and_once() {
    let (mut shop, work) = sold();
    let listing = shop.offer(work, 2, None);
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let take_back = |shop: &mut Shop, byte: u8, units: u64| {
        let transfer = shop.entry(licence, units, Blinding::Public);
        let (prepared, proof) = order::take_back(&keys(byte), shop.state.id(), listing, transfer).unwrap();
        shop.buyer.authorize_with(prepared, &no_proof, &mut OsRng, |_| vec![proof]).unwrap()
    };
    let stranger = take_back(&mut shop, 6, 2);
    assert_eq!(rule(shop.submit(stranger)), MarketRejection::Signature(0));
    let more = take_back(&mut shop, 5, 3);
    assert_eq!(rule(shop.submit(more)), MarketRejection::Use(UseError::Amount(0)));
    let own = take_back(&mut shop, 5, 2);
    shop.honest(own);
    assert_eq!(licences(&shop, work), 3);
    let again = take_back(&mut shop, 5, 2);
    assert_eq!(rule(shop.submit(again)), MarketRejection::UnknownListing(listing));
}

#[test]
fn offer_of_nothing_of_more_than_is_there_or_below_the_minimum_is_refused() {
    let mut shop = Shop::empty();
    let mut terms = shop.work();
    terms.resale_minimum = 60;
    let work = shop.register(terms);
    shop.sell(work, 2, 10);
    let licence = order::licence_of(&shop.state, &work).unwrap();
    let wrong = [
        (1, 0, None, MarketRejection::NoLicence),
        (1, 2, None, MarketRejection::Use(UseError::Amount(0))),
        (1, 1, Some(59), MarketRejection::Minimum(60)),
        (2, 2, Some(119), MarketRejection::Minimum(120)),
        (1, 1, Some(0), MarketRejection::Zero),
    ];
    for (units, licences, ask, expected) in wrong {
        let transfer = shop.exit(licence, units, Blinding::Public);
        let effects = transfer.effects().clone();
        let ask = ask.map(NoteValue);
        let (prepared, proof) =
            order::offer(shop.state.id(), keys(5).party(), (work, licences), ask, transfer).unwrap();
        let transaction = shop.buyer.authorize_with(prepared, &no_proof, &mut OsRng, |_| vec![proof]).unwrap();
        let effects = {
            _ = effects;
            transaction.effects.clone()
        };
        assert_eq!(rule(shop.submit(transaction)), expected);
        shop.buyer.release(&effects);
    }
}
