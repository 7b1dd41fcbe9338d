//! A payment from an account whose spending key three hold and two use, on the ledger as it is.

use rand_core::OsRng;
use tabella_payments::{
    holder::{read_wallet, submit},
    issuer::next_issue,
    many::{SendError, Sending},
};
use tabella_protocol::{
    ceremony::{CeremonySetup, TrusteeName},
    keys::Diversifier,
    note::NoteValue,
    transaction::Transaction,
};
use tabella_prover::{
    builder::WindowPolicy,
    custody::{
        CustodyKey,
        ceremony::Opened,
        message::{Draft, Messages},
        signing::{Session, package},
    },
    trustee::TrusteeIdentity,
    wallet::Wallet,
};
use tabella_verifier::files::{decode, encode};

use crate::scene::{Scene, parameters};

fn custodians() -> (Vec<TrusteeIdentity>, Vec<CustodyKey>) {
    let named = |name: &str| TrusteeIdentity::generate(TrusteeName::new(name).unwrap(), &mut OsRng);
    let identities = ["Ada", "Bo", "Cy"].map(named);
    let cards = identities.iter().map(TrusteeIdentity::card).collect();
    let setup = CeremonySetup::new("treasury", 2, cards, [1; 32]).unwrap();
    let start = |identity| Opened::start(identity, setup.clone(), &mut OsRng).unwrap();
    let (opened, openings): (Vec<_>, Vec<_>) = identities.iter().map(start).unzip();
    let share = |(opened, identity): (Opened, _)| opened.share(identity, &openings).unwrap();
    let (shared, sharings): (Vec<_>, Vec<_>) = opened.into_iter().zip(&identities).map(share).unzip();
    let keys =
        shared.into_iter().zip(&identities).map(|(shared, identity)| shared.finish(identity, &sharings).unwrap().0);
    let keys = keys.collect();
    (identities.into(), keys)
}

/// The signature of two custodians under a draft.
fn sign(draft: Draft, identities: &[TrusteeIdentity], keys: &[CustodyKey], pays: u64) -> Transaction {
    let account = keys[0].account();
    let pair = [0, 2];
    let sessions = pair.map(|who| {
        let (session, review) =
            Session::commit(&keys[who], &identities[who], draft.proposal.clone(), &mut OsRng).unwrap();
        assert_eq!(review.payments.iter().map(|payment| payment.value.0).sum::<u64>(), pays);
        session
    });
    let nonces: Vec<_> =
        sessions.iter().flat_map(|session| decode::<Messages<_>>(&session.nonces()).unwrap().messages).collect();
    let together = package(account, &draft.proposal, &nonces).unwrap();
    let answers: Vec<_> = pair
        .into_iter()
        .zip(sessions)
        .flat_map(|(who, session)| {
            let (_, answer) = session.sign(&keys[who], &identities[who], &together).unwrap();
            decode::<Messages<_>>(&answer).unwrap().messages
        })
        .collect();
    // With the shares of one alone there is no transaction.
    draft.clone().finish(account, &together, &answers[..1]).unwrap_err();
    draft.finish(account, &together, &answers).unwrap()
}

#[test]
fn two_of_three_pay_many_from_their_account() {
    let mut scene = Scene::new();
    let (identities, keys) = custodians();
    let account = keys[0].account();
    let mut wallet = Wallet::new(account.viewing_key().clone());
    let address = account.viewing_key().incoming().address(Diversifier::from_index(0));
    let notes = [(address, NoteValue(100))];
    let issue = next_issue(scene.ledger.state().assets(), scene.description(), &notes, false, &mut OsRng).unwrap().1;
    scene.submit_issue(&issue).unwrap();
    read_wallet(&mut wallet, &scene.ledger).unwrap();

    // The coordinator has what sees, and proves. One note and two payments: a transaction before the one that pays.
    let (parameters, orders) = (parameters(), vec![scene.order(25), scene.order(10)]);
    let mut plan = encode(&Sending::plan(&wallet, &scene.moment(), orders).unwrap());
    for pays in [0, 35] {
        // The plan is kept while custodians sign.
        let mut sending: Sending = decode(&plan).unwrap();
        let at = scene.moment();
        let round = sending.next(&mut wallet, &at, WindowPolicy::default(), &mut OsRng).unwrap().unwrap();
        assert_eq!(round.pays, pays > 0);
        plan = encode(&sending);
        let refused = decode::<Sending>(&plan).unwrap().next(&mut wallet, &at, WindowPolicy::default(), &mut OsRng);
        assert!(matches!(refused, Err(SendError::NotYet) | Ok(None)), "nothing goes on before this one is there");
        let proven = round.transaction.prove(&parameters, &mut OsRng).unwrap();
        let draft = Draft::new(account.id(), &proven).unwrap();
        submit(&mut scene.ledger, sign(draft, &identities, &keys, pays)).unwrap();
        read_wallet(&mut wallet, &scene.ledger).unwrap();
    }
    scene.read();
    let pool = scene.ledger.state().shielded().id();
    let left = wallet.balance(pool, scene.asset(), crate::scene::time(crate::scene::NOW)).spendable;
    assert_eq!((left, scene.balance(&scene.bob)), (65, 35));
}
