//! Who under-reports a price, pays somebody else, or sells what is not his.

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use rand_core::OsRng;
use tabella_market::{
    agreement::{Agreement, Difference, Goods},
    order::{self, ApprovalError, Review, Wanted},
    price::{Carried, Priced},
};
use tabella_market_rules::{
    MarketRejection,
    action::{MarketAction, MarketProof, Sale},
    price::Price,
    work::{ListingId, ViewerKey, WorkId},
};
use tabella_protocol::{
    asset,
    note::NoteValue,
    ristretto::Element,
    transaction::{Action, Transaction},
};
use tabella_verifier::{
    application::UseError, assets::IssueRejection, shielded::ShieldedRejection, state::LedgerRejection,
};

use crate::shop::{NOW, Shop, altered, context, keys, no_proof, only_bridges, only_equations, only_ranges, rule, time};

fn viewers(shop: &Shop) -> Vec<ViewerKey> {
    vec![shop.ann.party().viewer, shop.ben.party().viewer]
}

fn sale_of(transaction: &Transaction) -> Sale {
    match borsh::from_slice(&transaction.effects.actions[0].body).unwrap() {
        MarketAction::Sale(sale) => sale,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_sale_credits_every_holder_to_the_last_part() {
    let (mut shop, work) = Shop::new();
    shop.sell(work, 1, 333);
    shop.sell(work, 2, 1);
    let public = Priced::new(NoteValue(7), true, &mut OsRng);
    let order = shop.order_priced(work, 1, &public);
    let sale = order.approve(&shop.state, &shop.seller).unwrap();
    shop.honest(sale);
    assert_eq!(shop.own(&shop.ann, work).incoming, 341 * 70_000_000);
    assert_eq!(shop.own(&shop.ben, work).incoming, 341 * 30_000_000);
    let prices: Vec<u64> = shop.history(&shop.ben).credits().iter().map(|read| read.price.0).collect();
    assert_eq!(prices, [333, 1, 7]);
    let state = shop.market().work(&work).unwrap();
    assert_eq!((state.sales, state.licences), (3, 4));
    let audit = shop.market().audit(&work).unwrap();
    assert_eq!((audit.accounts, audit.holds), (2, true));
    let issued = shop.state.assets().get(&state.work.licence.id().unwrap()).unwrap().issued;
    assert_eq!(issued, 4);
}

/// A sale whose price is hidden and proved as its author likes, and whose transfer takes `paid` out of the pool.
fn claimed(
    shop: &mut Shop,
    work: WorkId,
    paid: u64,
    price: impl FnOnce(&Shop) -> Price,
    prove: impl FnOnce(&Shop, &Carried, &Price, &tabella_protocol::transaction::TransactionEffects) -> MarketProof,
) -> Transaction {
    let payment = shop.exit(shop.crown, paid, tabella_prover::builder::Blinding::Random);
    let carried = Carried::of(&payment).unwrap();
    let price = price(shop);
    let terms = shop.market().work(&work).unwrap().work.clone();
    let issue = borsh::to_vec(&shop.issue_licence(&terms, 1)).unwrap();
    let sale = Sale { work, transfer: 0, licences: 1, price: price.clone(), invoice: [0; 32] };
    let mut builder = tabella_prover::builder::TransactionBuilder::new(shop.state.id());
    builder.add(payment);
    builder.add_action(MarketAction::Sale(sale).action());
    builder.add_action(Action { application: asset::APPLICATION, body: issue });
    let proof = prove(shop, &carried, &price, builder.effects());
    let proof = MarketProof { signatures: shop.sign_as_seller(builder.effects()), ..proof };
    use ed25519_dalek::Signer as _;
    let issue = shop.seller.sign(&asset::issuer_message(builder.effects().digest())).to_bytes().to_vec();
    let proofs = vec![borsh::to_vec(&proof).unwrap(), issue];
    let built = builder.build().unwrap();
    shop.buyer.authorize_with(built, &crate::shop::no_proof, &mut OsRng, |_| proofs).unwrap()
}

#[test]
fn price_that_is_under_reported_is_refused_by_the_bridge_alone() {
    let (mut shop, work) = Shop::new();
    let told = Priced::new(NoteValue(10), false, &mut OsRng);
    let all = viewers(&shop);
    // The bridge of an honest sale of 10 at the place of one of 10 that paid 900.
    let honest = shop.exit(shop.crown, 10, tabella_prover::builder::Blinding::Random);
    let honest = Carried::of(&honest).unwrap();
    let transaction = claimed(
        &mut shop,
        work,
        900,
        |_| told.price(&all, &mut OsRng),
        |_, _, price, effects| told.prove(&context(effects), price, &all, &honest, &mut OsRng).unwrap(),
    );
    assert_eq!(shop.submit(transaction), only_bridges());
    // In public it is not even a transfer of that amount.
    let transaction =
        claimed(&mut shop, work, 900, |_| Price::Public(NoteValue(10)), |_, _, _, _| MarketProof::default());
    assert_eq!(rule(shop.submit(transaction)), MarketRejection::Use(UseError::Amount(0)));
    let transaction = claimed(
        &mut shop,
        work,
        900,
        |_| told.price(&all, &mut OsRng),
        |_, _, price, effects| {
            let proof = told.prove(&context(effects), price, &all, &honest, &mut OsRng).unwrap();
            MarketProof { bridge: None, ..proof }
        },
    );
    assert!(matches!(rule(shop.submit(transaction)), MarketRejection::Proof(_)));
}

#[test]
fn handle_that_would_spoil_a_balance_is_refused_by_its_proof_alone() {
    let (mut shop, work) = Shop::new();
    let told = Priced::new(NoteValue(10), false, &mut OsRng);
    let all = viewers(&shop);
    for (index, shift) in [(0, 1_u64), (1, 2)] {
        let transaction = claimed(
            &mut shop,
            work,
            10,
            |_| {
                let Price::Hidden(mut hidden) = told.price(&all, &mut OsRng) else { panic!() };
                let handle = &mut hidden.parts[index].handle;
                *handle = Element::new(handle.point() + Scalar::from(shift) * RISTRETTO_BASEPOINT_POINT);
                Price::Hidden(hidden)
            },
            |_, carried, price, effects| told.prove(&context(effects), price, &all, carried, &mut OsRng).unwrap(),
        );
        assert_eq!(shop.submit(transaction), only_equations());
    }
    // Handles for others than the holders.
    let others = vec![keys(8).party().viewer, keys(9).party().viewer];
    let transaction = claimed(
        &mut shop,
        work,
        10,
        |_| told.price(&others, &mut OsRng),
        |_, carried, price, effects| told.prove(&context(effects), price, &others, carried, &mut OsRng).unwrap(),
    );
    assert_eq!(shop.submit(transaction), only_equations());
    // One holder fewer.
    let transaction = claimed(
        &mut shop,
        work,
        10,
        |_| told.price(&all[..1], &mut OsRng),
        |_, carried, price, effects| told.prove(&context(effects), price, &all[..1], carried, &mut OsRng).unwrap(),
    );
    assert_eq!(rule(shop.submit(transaction)), MarketRejection::Parts(2));
    // The proof of another transaction.
    let transaction = claimed(
        &mut shop,
        work,
        10,
        |_| told.price(&all, &mut OsRng),
        |_, carried, price, effects| {
            let mut elsewhere = context(effects);
            elsewhere.digest.0[0] ^= 1;
            let Price::Hidden(hidden) = price else { panic!() };
            let credit = told.prove_credit(&elsewhere, hidden, &all, &mut OsRng);
            let proof = told.prove(&context(effects), price, &all, carried, &mut OsRng).unwrap();
            MarketProof { credit: Some(credit), ..proof }
        },
    );
    assert_eq!(shop.submit(transaction), only_equations());
}

#[test]
fn mask_that_lies_costs_its_reader_a_search_and_nothing_else() {
    let (mut shop, work) = Shop::new();
    let told = Priced::new(NoteValue(900), false, &mut OsRng);
    let all = viewers(&shop);
    let transaction = claimed(
        &mut shop,
        work,
        900,
        |_| {
            let Price::Hidden(mut hidden) = told.price(&all, &mut OsRng) else { panic!() };
            hidden.parts[0].masked[0] ^= 0x55;
            Price::Hidden(hidden)
        },
        |_, carried, price, effects| told.prove(&context(effects), price, &all, carried, &mut OsRng).unwrap(),
    );
    shop.honest(transaction);
    // Both read 900: Ben at once, Ann by trying.
    assert_eq!(shop.history(&shop.ann).credits()[0].price, NoteValue(900));
    assert_eq!(shop.history(&shop.ben).credits()[0].price, NoteValue(900));
    let mut impatient = tabella_market::history::MarketHistory::new(&shop.ann, 8);
    let outcome = shop.log.iter().try_for_each(|entry| impatient.read(entry));
    assert!(matches!(outcome, Err(tabella_market::history::HistoryError::Price { bits: 8, .. })));
    // And she withdraws what is hers.
    let ann = keys(1);
    shop.collect(&ann, work);
    let own = shop.own(&ann, work);
    let withdrawal = shop.withdrawal(&ann, &own, &Priced::new(NoteValue(630), false, &mut OsRng));
    shop.honest(withdrawal);
    assert_eq!(shop.own(&ann, work).total(), 0);
}

#[test]
fn sale_without_the_sellers_signature_is_refused() {
    let (mut shop, work) = Shop::new();
    let order = shop.order(work, 1, 100);
    let unsigned = order.clone().into_transaction();
    assert_eq!(rule(shop.submit(unsigned.clone())), MarketRejection::Signatures { expected: 1, found: 0 });
    let digest = unsigned.effects.digest();
    let by_holder = altered(&unsigned, 0, |proof| proof.signatures = vec![shop.ann.sign(digest)]);
    assert_eq!(rule(shop.submit(by_holder)), MarketRejection::Signature(0));
    let sale = order.clone().approve(&shop.state, &shop.seller).unwrap();
    let twice = altered(&sale, 0, |proof| proof.signatures.push(proof.signatures[0]));
    assert_eq!(rule(shop.submit(twice)), MarketRejection::Signatures { expected: 1, found: 2 });
    // Signed as the seller, but not as the issuer.
    let mut half = sale.clone();
    half.action_proofs[1] = vec![0; 64];
    assert!(matches!(&shop.submit(half),
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection)))
            if rejection.reason() == Some(&IssueRejection::IssuerSignature)));
    // By the key of another seller, who looks at it first.
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    assert_eq!(order.approve(&shop.state, &stranger), Err(ApprovalError::Key));
    shop.honest(sale.clone());
    assert_eq!(shop.submit(sale), Err(LedgerRejection::Replayed));
}

#[test]
fn sale_and_licences_are_one() {
    let (mut shop, work) = Shop::new();
    // Paid for, and no licence.
    let sale = shop.sale(work, 2, 100);
    let mut unpaid = sale.clone();
    unpaid.effects.actions.truncate(1);
    unpaid.action_proofs.truncate(1);
    let digest = unpaid.effects.digest();
    // Whoever changes the transaction signs it anew, but for the buyer.
    let unpaid = altered(&unpaid, 0, |proof| proof.signatures = vec![tabella_market::keys::sign(&shop.seller, digest)]);
    let outcome = shop.submit(unpaid);
    assert_eq!(outcome, Err(LedgerRejection::Shielded(ShieldedRejection::IssueMissing)));
    // More licences issued than sold, or fewer; the issue before the sale.
    let terms = shop.market().work(&work).unwrap().work.clone();
    for (units, reversed) in [(1, false), (3, false), (2, true)] {
        let mut other = sale.clone();
        other.effects.actions[1].body = borsh::to_vec(&shop.issue_licence(&terms, units)).unwrap();
        let digest = other.effects.digest();
        use ed25519_dalek::Signer as _;
        let mut other =
            altered(&other, 0, |proof| proof.signatures = vec![tabella_market::keys::sign(&shop.seller, digest)]);
        if reversed {
            other.effects.actions.reverse();
            other.action_proofs.reverse();
        }
        let issue = usize::from(!reversed);
        let digest = other.effects.digest();
        other.action_proofs[issue] = shop.seller.sign(&asset::issuer_message(digest)).to_bytes().to_vec();
        assert!(matches!(&shop.submit(other),
            Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection)))
                if rejection.reason() == Some(&IssueRejection::Governed)));
    }
    assert_eq!(
        shop.buyer
            .wallet()
            .balance(shop.state.pool(asset::AssetClass::Named).id(), terms.licence.id().unwrap(), time(NOW))
            .spendable,
        0
    );
    shop.honest(sale);
    assert_eq!(
        shop.buyer
            .wallet()
            .balance(shop.state.pool(asset::AssetClass::Named).id(), terms.licence.id().unwrap(), time(NOW))
            .spendable,
        2
    );
}

#[test]
fn two_sales_with_one_transfer_are_refused() {
    let (mut shop, work) = Shop::new();
    let sale = shop.sale(work, 1, 100);
    let mut doubled = sale.clone();
    doubled.effects.actions.insert(1, sale.effects.actions[0].clone());
    let digest = doubled.effects.digest();
    let mut first: MarketProof = borsh::from_slice(&sale.action_proofs[0]).unwrap();
    first.signatures = vec![tabella_market::keys::sign(&shop.seller, digest)];
    let first = borsh::to_vec(&first).unwrap();
    doubled.action_proofs = vec![first.clone(), first, sale.action_proofs[1].clone()];
    assert_eq!(rule(shop.submit(doubled)), MarketRejection::Use(UseError::Used(0)));
}

#[test]
fn credit_to_another_work_or_to_none_is_refused() {
    let (mut shop, work) = Shop::new();
    // The same seller, who alone has a share in another work.
    let mut own = shop.work();
    own.holders.truncate(1);
    own.holders[0].share = 10_000;
    (own.licence, own.nonce) = (shop.licence("Own"), [8; 32]);
    let other = own.id(shop.state.id());
    let mut registration = tabella_market::work::Registration::new(shop.state.id(), own).unwrap();
    registration.sign(&shop.ann).unwrap();
    registration.sign_as_seller(&shop.seller).unwrap();
    shop.honest(registration.finish().unwrap());
    // The licence of the first work, sold as the second's: its issue is not allowed by that sale.
    let sale = shop.sale(other, 1, 100);
    let first = shop.market().work(&work).unwrap().work.clone();
    let mut diverted = sale.clone();
    diverted.effects.actions[1].body = borsh::to_vec(&shop.issue_licence(&first, 1)).unwrap();
    let digest = diverted.effects.digest();
    let mut diverted =
        altered(&diverted, 0, |proof| proof.signatures = vec![tabella_market::keys::sign(&shop.seller, digest)]);
    use ed25519_dalek::Signer as _;
    diverted.action_proofs[1] = shop.seller.sign(&asset::issuer_message(digest)).to_bytes().to_vec();
    assert!(matches!(&shop.submit(diverted),
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection)))
            if rejection.reason() == Some(&IssueRejection::Governed)));
    // The sale of a work that does not exist.
    let mut unknown = sale_of(&sale);
    unknown.work = WorkId([1; 32]);
    let mut nowhere = sale.clone();
    nowhere.effects.actions[0] = MarketAction::Sale(unknown).action();
    assert_eq!(rule(shop.submit(nowhere)), MarketRejection::UnknownWork(WorkId([1; 32])));
    assert!(shop.history(&shop.ben).account(&work).is_none());
}

#[test]
fn price_in_another_asset_or_of_no_licence_is_refused() {
    let (mut shop, work) = Shop::new();
    let shell = shop.issue_crowns("Shell");
    let crown = std::mem::replace(&mut shop.crown, shell);
    let sale = shop.sale(work, 1, 100);
    assert_eq!(rule(shop.submit(sale)), MarketRejection::Use(UseError::Asset(0)));
    shop.crown = crown;
    let sale = shop.sale(work, 0, 100);
    assert_eq!(rule(shop.submit(sale)), MarketRejection::NoLicence);
}

#[test]
fn price_below_the_minimum_is_refused_hidden_or_not() {
    let mut shop = Shop::empty();
    let mut work = shop.work();
    work.minimum = 50;
    let work = shop.register(work);
    shop.sell(work, 2, 100);
    let low = Priced::new(NoteValue(99), true, &mut OsRng);
    let all = viewers(&shop);
    let terms = shop.market().work(&work).unwrap().work.clone();
    let _ = terms;
    // One licence for 49: hidden, with a range proof of a lie; and in public.
    let hidden = Priced::new(NoteValue(49), false, &mut OsRng);
    let transaction = claimed(
        &mut shop,
        work,
        49,
        |_| hidden.price(&all, &mut OsRng),
        |_, carried, price, effects| {
            let proof = hidden.prove(&context(effects), price, &all, carried, &mut OsRng).unwrap();
            let range = Priced::Hidden(
                tabella_protocol::secret::Secret::new(50),
                tabella_protocol::secret::Secret::new(hidden.blinding_factor()),
            );
            let range = range.prove_minimum(&context(effects), work, 50, &mut OsRng).unwrap();
            MarketProof { range, ..proof }
        },
    );
    assert_eq!(shop.submit(transaction), only_ranges());
    let transaction = claimed(
        &mut shop,
        work,
        49,
        |_| hidden.price(&all, &mut OsRng),
        |_, carried, price, effects| hidden.prove(&context(effects), price, &all, carried, &mut OsRng).unwrap(),
    );
    assert!(matches!(rule(shop.submit(transaction)), MarketRejection::Proof(_)));
    let payment = shop.exit(shop.crown, 99, low.blinding());
    let wanted = shop.wanted(work, 2);
    let refused = tabella_market::order::order(
        &shop.state,
        &shop.buyer,
        &wanted,
        (payment, &low),
        &crate::shop::no_proof,
        &mut OsRng,
    );
    assert!(matches!(
        refused,
        Err(tabella_market::order::OrderError::Price(tabella_market::price::PriceError::Minimum(100)))
    ));
}

#[test]
fn order_that_does_anything_else_is_not_signed() {
    let (mut shop, work) = Shop::new();
    let order = shop.order(work, 1, 100);
    let review = order.review(&shop.state).unwrap();
    assert_eq!((review.price, review.licences, review.is_public), (NoteValue(100), 1, false));
    let bytes = borsh::to_vec(&order).unwrap();
    let changed = |change: &dyn Fn(&mut Transaction)| {
        let mut transaction = order.clone().into_transaction();
        let tail = &bytes[borsh::to_vec(&transaction).unwrap().len()..];
        change(&mut transaction);
        let bytes = [borsh::to_vec(&transaction).unwrap().as_slice(), tail].concat();
        borsh::from_slice::<tabella_market::order::Order>(&bytes).unwrap()
    };
    let second = changed(&|transaction| {
        transaction.effects.actions.push(transaction.effects.actions[1].clone());
        transaction.action_proofs.push(Vec::new());
    });
    assert_eq!(second.approve(&shop.state, &shop.seller), Err(ApprovalError::Form));
    let more = shop.issue_licence(&shop.market().work(&work).unwrap().work.clone(), 2);
    let more = changed(&|transaction| transaction.effects.actions[1].body = borsh::to_vec(&more).unwrap());
    assert_eq!(more.approve(&shop.state, &shop.seller), Err(ApprovalError::Issue));
    // It tells another price than it pays.
    let mut lie = bytes.clone();
    let at = lie.len() - 40;
    lie[at] ^= 1;
    let lie: tabella_market::order::Order = borsh::from_slice(&lie).unwrap();
    assert_eq!(lie.approve(&shop.state, &shop.seller), Err(ApprovalError::Price));
    // Another sale came first.
    let late = shop.order(work, 1, 50);
    shop.honest(order.approve(&shop.state, &shop.seller).unwrap());
    assert_eq!(late.approve(&shop.state, &shop.seller), Err(ApprovalError::Issue));
}

#[test]
fn order_is_compared_with_all_that_was_agreed_to() {
    let (mut shop, work) = Shop::new();
    let review = shop.order(work, 3, 100).review(&shop.state).unwrap();
    let goods = Goods::Work(work);
    let agreed = Agreement { goods, licences: 3, price: NoteValue(100), is_public: false, invoice: [0; 32] };
    assert_eq!(agreed.compare(&review), Ok(()));
    let differs = |agreed: Agreement, difference| assert_eq!(agreed.compare(&review), Err(difference));
    differs(Agreement { goods: Goods::Work(WorkId([1; 32])), ..agreed }, Difference::Work(work));
    differs(Agreement { goods: Goods::Offer(ListingId([1; 32])), ..agreed }, Difference::Sale);
    differs(Agreement { licences: 1, ..agreed }, Difference::Licences(3, 1));
    differs(Agreement { price: NoteValue(101), ..agreed }, Difference::Price(NoteValue(100), NoteValue(101)));
    differs(Agreement { is_public: true, ..agreed }, Difference::Hidden);
    assert_eq!(agreed.compare(&Review { is_public: true, ..review }), Err(Difference::Public));
    differs(Agreement { invoice: [1; 32], ..agreed }, Difference::Invoice);
    let offer = ListingId([2; 32]);
    let resale = Review { listing: Some(offer), ..review };
    assert_eq!(agreed.compare(&resale), Err(Difference::Resale));
    let other = Agreement { goods: Goods::Offer(ListingId([1; 32])), ..agreed };
    assert_eq!(other.compare(&resale), Err(Difference::Offer(offer)));
    // What a buyer's file binds the seller to besides: an invoice that was not spoken of.
    let priced = Priced::new(NoteValue(100), false, &mut OsRng);
    let payment = shop.exit(shop.crown, 100, priced.blinding());
    let wanted = Wanted { invoice: [9; 32], ..shop.wanted(work, 3) };
    let with = order::order(&shop.state, &shop.buyer, &wanted, (payment, &priced), &no_proof, &mut OsRng).unwrap();
    assert_eq!(agreed.compare(&with.review(&shop.state).unwrap()), Err(Difference::Invoice));
}
