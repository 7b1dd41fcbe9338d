//! Who withdraws more than the account holds, twice, or from another's.

use rand_core::OsRng;
use tabella_market::{history::OwnAccount, keys::MarketKeys, price::Priced};
use tabella_market_rules::{
    MarketRejection,
    action::{MarketAction, MarketProof},
    work::{AccountId, PARTS_PER_UNIT, WorkId},
};
use tabella_protocol::{note::NoteValue, transaction::Transaction};
use tabella_prover::builder::Blinding;
use tabella_verifier::{application::UseError, state::LedgerRejection};

use crate::shop::{Shop, altered, keys, only_equations, only_ranges, rule};

/// Ann has 70 crowns that she has collected, and 7 more that she has not.
fn funded() -> (Shop, WorkId, MarketKeys) {
    let (mut shop, work) = Shop::new();
    let ann = keys(1);
    shop.sell(work, 1, 100);
    shop.collect(&ann, work);
    shop.sell(work, 1, 10);
    (shop, work, ann)
}

fn hidden(value: u64) -> Priced {
    Priced::new(NoteValue(value), false, &mut OsRng)
}

#[test]
fn what_was_collected_is_withdrawn_and_the_rest_stays() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    assert_eq!((own.settled, own.incoming), (7_000_000_000, 700_000_000));
    let withdrawal = shop.withdrawal(&ann, &own, &hidden(20));
    shop.honest(withdrawal);
    // In public as well; a sale in between does not stand in the way.
    let own = shop.own(&ann, work);
    let withdrawal = shop.withdrawal(&ann, &own, &Priced::Public(NoteValue(50)));
    shop.sell(work, 1, 1);
    shop.honest(withdrawal);
    let own = shop.own(&ann, work);
    assert_eq!((own.settled, own.incoming), (0, 770_000_000));
    shop.collect(&ann, work);
    let own = shop.own(&ann, work);
    assert_eq!(OwnAccount::whole(own.settled), 7);
    let withdrawal = shop.withdrawal(&ann, &own, &hidden(7));
    shop.honest(withdrawal);
    // Seven tenths of a unit are nobody else's, and stay.
    assert_eq!(shop.own(&ann, work).total(), 70_000_000);
    assert!(shop.market().audit(&work).unwrap().holds);
}

/// Says that more is settled than is.
fn boasting(own: &OwnAccount, more: u128) -> OwnAccount {
    OwnAccount { settled: own.settled + more, ..own.clone() }
}

#[test]
fn withdrawal_of_more_than_the_balance_is_refused() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    // The rest is said to be what it is not: only the proof of the rest fails.
    for value in [71, 77, 500] {
        let boast = boasting(&own, 1_000 * u128::from(PARTS_PER_UNIT));
        let withdrawal = shop.withdrawal(&ann, &boast, &hidden(value));
        assert_eq!(shop.submit(withdrawal), only_equations());
    }
    // The true rest, which is negative: no range proof shows otherwise. It is divided modulo the order of the group.
    let withdrawal = negative_rest(&mut shop, &ann, &own, 71);
    assert_eq!(shop.submit(withdrawal), only_ranges());
    // An honest wallet does not even try.
    let transfer = shop.entry(shop.crown, 71, Blinding::Random);
    let held = *shop.market().account(work, own.id).unwrap();
    let refused =
        tabella_market::account::withdraw(&ann, shop.state.id(), &own, &held, transfer, &hidden(71), &mut OsRng);
    assert!(matches!(refused, Err(tabella_market::account::WithdrawalError::NotEnough { available: 70, needed: 71 })));
    assert_eq!(shop.own(&ann, work).settled, 7_000_000_000);
}

/// A withdrawal whose rest is proved truly (-1 unit and 0 parts), with a range proof of something else.
fn negative_rest(shop: &mut Shop, ann: &MarketKeys, own: &OwnAccount, value: u64) -> Transaction {
    use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT as B, scalar::Scalar};
    use tabella_market_rules::{
        action::Withdrawal,
        rest::{Rest, RestProof, RestStatement},
    };
    use tabella_protocol::{
        ristretto::{CanonicalScalar, Element, blinding_base},
        transcript::ProofContext,
    };
    use tabella_prover::{
        account::{AmountOpening, prove_range},
        builder::TransactionBuilder,
    };

    let amount = hidden(value);
    let transfer = shop.entry(shop.crown, value, amount.blinding());
    let carried = tabella_market::price::Carried::of(&transfer).unwrap();
    let held = *shop.market().account(own.work, own.id).unwrap();
    let viewers = [held.party.viewer];
    let price = amount.price(&viewers, &mut OsRng);
    let (s_q, s_m) = (Scalar::from(11_u64), Scalar::from(12_u64));
    let whole = own.settled as i128 / i128::from(PARTS_PER_UNIT) - i128::from(value);
    assert!(whole < 0);
    let q = -Scalar::from(u64::try_from(-whole).unwrap());
    let rest = Rest { whole: Element::new(q * B + s_q * blinding_base()), part: Element::new(s_m * blinding_base()) };
    let withdrawal =
        Withdrawal { work: own.work, account: own.id, version: own.version, transfer: 0, amount: price.clone(), rest };
    let mut builder = TransactionBuilder::new(shop.state.id());
    builder.add(transfer);
    builder.add_action(MarketAction::Withdraw(withdrawal).action());
    let transaction = builder.build().unwrap();
    let context = ProofContext { ledger: shop.state.id(), digest: transaction.digest(), index: 0 };
    let balance = held.settled.minus(PARTS_PER_UNIT, &price, 0);
    let statement = RestStatement { account: own.id, version: own.version, viewer: held.party.viewer, balance, rest };
    // The proof of the rest as an honest owner makes it.
    let inverse = viewer_secret(1).invert();
    let sigma = Scalar::from(PARTS_PER_UNIT) * s_q + s_m;
    let (alpha, beta) = (Scalar::from(21_u64), Scalar::from(22_u64));
    let key_nonce = Element::new(alpha * statement.viewer.element().point());
    let nonce = Element::new(beta * blinding_base() - alpha * balance.handle.point());
    let c = RestStatement::challenge(statement.transcript(&context), &key_nonce, &nonce);
    let proof = RestProof {
        key_nonce,
        nonce,
        key: CanonicalScalar(alpha + c * inverse),
        blinding: CanonicalScalar(beta + c * sigma),
    };
    let lie = [AmountOpening::new(NoteValue(0), s_q), AmountOpening::new(NoteValue(0), s_m)];
    let range = prove_range(&context, &statement.range(), &lie, &mut OsRng).unwrap();
    let proof = MarketProof {
        signatures: vec![ann.sign(transaction.digest())],
        rest: Some(proof),
        range: Some(range),
        ..amount.prove(&context, &price, &viewers, &carried, &mut OsRng).unwrap()
    };
    let proof = borsh::to_vec(&proof).unwrap();
    shop.buyer.authorize_with(transaction, &crate::shop::no_proof, &mut OsRng, |_| vec![proof]).unwrap()
}

/// k of [`keys`], derived as the specification says.
fn viewer_secret(byte: u8) -> curve25519_dalek::scalar::Scalar {
    let bytes = blake2b(b"Tabella_MktKeys_", &[&[byte; 32], &[0; 4], b"viewer"]);
    curve25519_dalek::scalar::Scalar::from_bytes_mod_order_wide(&bytes)
}

fn blake2b(personal: &[u8; 16], parts: &[&[u8]]) -> [u8; 64] {
    let mut state = blake2b_simd::Params::new().hash_length(64).personal(personal).to_state();
    for part in parts {
        state.update(part);
    }
    *state.finalize().as_array()
}

#[test]
fn withdrawal_twice_or_of_another_version_is_refused() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    let withdrawal = shop.withdrawal(&ann, &own, &hidden(70));
    let second = shop.withdrawal(&ann, &own, &hidden(70));
    shop.honest(withdrawal.clone());
    assert_eq!(shop.submit(withdrawal), Err(LedgerRejection::Replayed));
    assert_eq!(rule(shop.submit(second)), MarketRejection::Version { expected: 2, found: 1 });
    // Both in one transaction.
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    let transfers = vec![shop.entry(shop.crown, 70, Blinding::Public), shop.entry(shop.crown, 70, Blinding::Public)];
    let single = shop.withdrawal(&ann, &own, &Priced::Public(NoteValue(70)));
    let Ok(MarketAction::Withdraw(first)) = borsh::from_slice(&single.effects.actions[0].body) else { panic!() };
    let mut again = first.clone();
    again.transfer = 1;
    let actions = [MarketAction::Withdraw(first), MarketAction::Withdraw(again)];
    let proof: MarketProof = borsh::from_slice(&single.action_proofs[0]).unwrap();
    let both = shop.transaction(transfers, &actions, |effects| {
        let signatures = vec![ann.sign(effects.digest())];
        vec![MarketProof { signatures, ..proof }; 2]
    });
    assert_eq!(rule(shop.submit(both)), MarketRejection::Version { expected: 2, found: 1 });
}

#[test]
fn withdrawal_by_another_key_or_from_anothers_account_is_refused() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    let withdrawal = shop.withdrawal(&ann, &own, &hidden(5));
    let digest = withdrawal.effects.digest();
    for signature in [shop.ben.sign(digest), tabella_market::keys::sign(&shop.seller, digest)] {
        let wrong = altered(&withdrawal, 0, |proof| proof.signatures = vec![signature]);
        assert_eq!(rule(shop.submit(wrong)), MarketRejection::Signature(0));
    }
    let unsigned = altered(&withdrawal, 0, |proof| proof.signatures.clear());
    assert_eq!(rule(shop.submit(unsigned)), MarketRejection::Signatures { expected: 1, found: 0 });
    // Somebody who has the owner's key, but cannot read the account, knows no k.
    let stranger = keys(9);
    let lie = shop.withdrawal(&stranger, &own, &hidden(5));
    let digest = lie.effects.digest();
    let lie = altered(&lie, 0, |proof| proof.signatures = vec![ann.sign(digest)]);
    assert_eq!(shop.submit(lie), only_equations());
    // An account of a work that it is not of.
    let nowhere = MarketAction::Collect { work, account: AccountId([1; 32]), version: 0 };
    let collect = shop.transaction(Vec::new(), &[nowhere], |effects| {
        vec![MarketProof { signatures: vec![ann.sign(effects.digest())], ..MarketProof::default() }]
    });
    let account = AccountId([1; 32]);
    assert_eq!(rule(shop.submit(collect)), MarketRejection::UnknownAccount { work, account });
}

#[test]
fn proofs_of_a_withdrawal_are_good_in_one_place_only() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    let one = shop.withdrawal(&ann, &own, &hidden(5));
    let other = shop.withdrawal(&ann, &own, &hidden(5));
    let from: MarketProof = borsh::from_slice(&other.action_proofs[0]).unwrap();
    let moved = altered(&one, 0, |proof| proof.rest = from.rest);
    assert_eq!(shop.submit(moved), only_equations());
    let moved = altered(&one, 0, |proof| proof.credit.clone_from(&from.credit));
    assert_eq!(shop.submit(moved), only_equations());
    let moved = altered(&one, 0, |proof| proof.range.clone_from(&from.range));
    assert_eq!(shop.submit(moved), only_ranges());
    let moved = altered(&one, 0, |proof| proof.bridge = from.bridge);
    assert_eq!(shop.submit(moved), crate::shop::only_bridges());
    for part in ["rest", "range", "bridge", "credit"] {
        let without = altered(&one, 0, |proof| match part {
            "rest" => proof.rest = None,
            "range" => proof.range = None,
            "bridge" => proof.bridge = None,
            _ => proof.credit = None,
        });
        assert!(matches!(rule(shop.submit(without)), MarketRejection::Proof(_)), "{part}");
    }
    shop.honest(one);
}

#[test]
fn withdrawal_in_another_asset_or_of_another_amount_is_refused() {
    let (mut shop, work, ann) = funded();
    let own = shop.own(&ann, work);
    let shell = shop.issue_crowns("Shell");
    let crown = std::mem::replace(&mut shop.crown, shell);
    let wrong = shop.withdrawal(&ann, &own, &hidden(5));
    assert_eq!(rule(shop.submit(wrong)), MarketRejection::Use(UseError::Asset(0)));
    shop.crown = crown;
    // The transfer brings 6 into the pool, and 5 are taken from the account.
    let five = shop.withdrawal(&ann, &own, &Priced::Public(NoteValue(5)));
    let Ok(action) = borsh::from_slice::<MarketAction>(&five.effects.actions[0].body) else { panic!() };
    let six = vec![shop.entry(shop.crown, 6, Blinding::Public)];
    let proof: MarketProof = borsh::from_slice(&five.action_proofs[0]).unwrap();
    let wrong = shop.transaction(six, &[action], |effects| {
        vec![MarketProof { signatures: vec![ann.sign(effects.digest())], ..proof }]
    });
    assert_eq!(rule(shop.submit(wrong)), MarketRejection::Use(UseError::Amount(0)));
    // Nothing to collect.
    shop.collect(&ann, work);
    let again = tabella_market::account::collect(&ann, shop.state.id(), &shop.own(&ann, work));
    let account = own.id;
    assert_eq!(rule(shop.submit(again)), MarketRejection::NothingToCollect(account));
}
