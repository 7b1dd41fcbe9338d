//! Nobody is listed, left out or diluted without a signature.

use tabella_market_rules::{
    MarketRejection,
    action::MarketProof,
    work::{Holder, WorkError},
};
use tabella_payments::issuer::sign_issue;
use tabella_protocol::asset::AssetClass;
use tabella_verifier::{
    application::UseError, assets::IssueRejection, shielded::ShieldedRejection, state::LedgerRejection,
};

use crate::shop::{Shop, altered, keys, rule};

#[test]
fn shares_that_do_not_add_up_are_refused() {
    let mut shop = Shop::empty();
    let work = shop.work();
    for (shares, sum) in
        [([7_000, 2_999], 9_999), ([7_000, 3_001], 10_001), ([10_000, 0], 10_000), ([5_000, 6_000], 11_000)]
    {
        let mut wrong = work.clone();
        for (holder, share) in wrong.holders.iter_mut().zip(shares) {
            holder.share = share;
        }
        let transaction = unchecked(&shop, &wrong);
        assert_eq!(rule(shop.submit(transaction)), MarketRejection::Work(WorkError::Shares(sum)));
    }
    let mut many = work.clone();
    many.holders = vec![work.holders[0]; 33];
    let transaction = unchecked(&shop, &many);
    // A list that long is not even read.
    assert!(matches!(shop.submit(transaction), Err(LedgerRejection::Shielded(ShieldedRejection::Decode { .. }))));
}

/// A registration as somebody builds it who leaves the checks to the ledger; signed by the same people.
fn unchecked(shop: &Shop, work: &tabella_market_rules::work::Work) -> tabella_protocol::transaction::Transaction {
    use tabella_market_rules::action::MarketAction;
    shop.transaction(Vec::new(), &[MarketAction::Register(Box::new(work.clone()))], |effects| {
        let digest = effects.digest();
        let signatures =
            vec![shop.ann.sign(digest), shop.ben.sign(digest), tabella_market::keys::sign(&shop.seller, digest)];
        vec![MarketProof { signatures, ..MarketProof::default() }]
    })
}

#[test]
fn holder_listed_left_out_or_diluted_without_a_signature_is_refused() {
    let mut shop = Shop::empty();
    let honest = shop.registration(shop.work());
    // Nobody signed for Ben; Ann signed in his place; the seller did not sign.
    let of = |index: usize| -> [u8; 64] {
        let proof: MarketProof = borsh::from_slice(&honest.action_proofs[0]).unwrap();
        proof.signatures[index].0
    };
    let missing = altered(&honest, 0, |proof| _ = proof.signatures.remove(1));
    assert_eq!(rule(shop.submit(missing)), MarketRejection::Signatures { expected: 3, found: 2 });
    for (index, other) in [(1, 0), (0, 1), (2, 0)] {
        let wrong = altered(&honest, 0, |proof| proof.signatures[index].0 = of(other));
        assert_eq!(rule(shop.submit(wrong)), MarketRejection::Signature(index));
    }
    // Another work under the signatures for this one: a holder more, another split, another seller's terms.
    let mut added = shop.work();
    added.holders[0].share = 6_000;
    added.holders.push(Holder { party: keys(9).party(), share: 1_000 });
    let mut diluted = shop.work();
    (diluted.holders[0].share, diluted.holders[1].share) = (9_000, 1_000);
    let mut cheaper = shop.work();
    cheaper.royalty = 0;
    for work in [added, diluted, cheaper] {
        let mut transaction = unchecked(&shop, &work);
        transaction.action_proofs = honest.action_proofs.clone();
        let expected = if work.holders.len() == 3 {
            MarketRejection::Signatures { expected: 4, found: 3 }
        } else {
            MarketRejection::Signature(0)
        };
        assert_eq!(rule(shop.submit(transaction)), expected);
    }
    shop.honest(honest);
    let again = shop.registration(shop.work());
    assert!(matches!(shop.submit(again), Err(LedgerRejection::Replayed)));
}

#[test]
fn work_that_says_something_impossible_is_refused() {
    let mut shop = Shop::empty();
    let work = shop.work();
    let change = |change: &dyn Fn(&mut tabella_market_rules::work::Work)| {
        let mut work = work.clone();
        change(&mut work);
        work
    };
    let wrong = [
        (change(&|work| work.title = " ".into()), WorkError::Title),
        (change(&|work| work.holders.clear()), WorkError::Holders),
        (change(&|work| work.holders[1] = work.holders[0]), WorkError::Repeated(1)),
        (change(&|work| work.royalty = 10_001), WorkError::Royalty),
        (change(&|work| work.licence.class = AssetClass::Ordinary), WorkError::LicenceClass),
        (change(&|work| work.licence.decimals = 1), WorkError::LicenceClass),
        (change(&|work| work.payment = work.licence.id().unwrap()), WorkError::Payment),
    ];
    for (work, error) in wrong {
        let transaction = unchecked(&shop, &work);
        assert_eq!(rule(shop.submit(transaction)), MarketRejection::Work(error));
    }
    let unknown = change(&|work| work.payment = tabella_protocol::note::AssetId::from_bytes(&[1; 32]).unwrap());
    let transaction = unchecked(&shop, &unknown);
    assert_eq!(rule(shop.submit(transaction)), MarketRejection::UnknownPayment);
}

#[test]
fn licence_that_exists_already_or_belongs_to_another_work_is_refused() {
    let (mut shop, _) = Shop::new();
    let mut second = shop.work();
    second.nonce = [7; 32];
    let licence = second.licence.id().unwrap();
    let transaction = shop.registration(second.clone());
    assert_eq!(rule(shop.submit(transaction)), MarketRejection::Use(UseError::NotNew(licence)));
    // Some were issued before.
    second.licence = shop.licence("Early Bird");
    let issue = sign_issue(&shop.seller, shop.state.id(), &shop.issue_licence(&second, 5)).unwrap();
    shop.honest(issue);
    let transaction = shop.registration(second.clone());
    assert_eq!(rule(shop.submit(transaction)), MarketRejection::Use(UseError::NotNew(second.licence.id().unwrap())));
}

#[test]
fn licence_issued_without_a_sale_is_refused() {
    let (mut shop, work) = Shop::new();
    let terms = shop.work();
    let free = |shop: &Shop| sign_issue(&shop.seller, shop.state.id(), &shop.issue_licence(&terms, 1)).unwrap();
    let outcome = shop.submit(free(&shop));
    assert_eq!(issue_rule(outcome), IssueRejection::Governed);
    shop.sell(work, 1, 100);
    let outcome = shop.submit(free(&shop));
    assert_eq!(issue_rule(outcome), IssueRejection::Governed);
    // With the registration in one transaction, before it or after.
    let mut second = shop.work();
    (second.nonce, second.licence) = ([7; 32], shop.licence("Encore"));
    for first in [true, false] {
        let (mut register, issue) = (unchecked(&shop, &second), shop.issue_licence(&second, 1));
        let action = tabella_protocol::transaction::Action {
            application: tabella_protocol::asset::APPLICATION,
            body: borsh::to_vec(&issue).unwrap(),
        };
        register.effects.actions.insert(usize::from(first), action);
        let digest = register.effects.digest();
        let signatures =
            vec![shop.ann.sign(digest), shop.ben.sign(digest), tabella_market::keys::sign(&shop.seller, digest)];
        let market = borsh::to_vec(&MarketProof { signatures, ..MarketProof::default() }).unwrap();
        use ed25519_dalek::Signer as _;
        let signed = shop.seller.sign(&tabella_protocol::asset::issuer_message(digest)).to_bytes().to_vec();
        register.action_proofs = if first { vec![market, signed] } else { vec![signed, market] };
        let outcome = shop.submit(register);
        if first {
            assert_eq!(issue_rule(outcome), IssueRejection::Governed);
        } else {
            assert_eq!(rule(outcome), MarketRejection::Use(UseError::NotNew(second.licence.id().unwrap())));
        }
    }
}

fn issue_rule(outcome: crate::shop::Outcome) -> IssueRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<IssueRejection>().unwrap().clone()
        }
        other => panic!("{other:?}"),
    }
}
