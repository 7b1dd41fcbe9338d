//! Quotes: what a provider cannot offer, and what a sender does not take.

use tabella_protocol::keys::Seed;
use tabella_protocol::{note::NoteValue, transaction::LedgerId};
use tabella_remittance::{OrderError, Priced, QuoteError, QuoteRequest, RemittanceKeys, rules::Corridor};

use crate::scene::{BELOW, EXPIRES, NOW, Scene, time};

#[test]
fn quote_is_made_only_at_its_price_below_the_threshold_and_with_time_to_answer() {
    let scene = Scene::new();
    let made = |alter: &dyn Fn(&mut QuoteRequest)| {
        let mut request = scene.request(10_000);
        alter(&mut request);
        scene.try_quote(&request).map(|_| ())
    };
    assert_eq!(made(&|_| ()), Ok(()));
    let better = |request: &mut QuoteRequest| request.priced.deliver.0 += 1;
    assert_eq!(made(&better), Err(QuoteError::Amounts));
    let no_fee = |request: &mut QuoteRequest| request.priced.fee = NoteValue(0);
    assert_eq!(made(&no_fee), Err(QuoteError::Amounts));
    let much = |request: &mut QuoteRequest| request.priced = request.price.paying(NoteValue(BELOW)).unwrap();
    assert_eq!(made(&much), Err(QuoteError::Threshold { below: BELOW, pay: BELOW }));
    assert_eq!(made(&|request| request.priced = request.price.paying(NoteValue(BELOW - 1)).unwrap()), Ok(()));
    assert_eq!(made(&|request| request.answer_seconds = 0), Err(QuoteError::Times));
    assert_eq!(made(&|request| request.claim_seconds = 3_599), Err(QuoteError::Times));
}

#[test]
fn altered_expired_or_foreign_quote_is_not_taken() {
    let scene = Scene::new();
    let quote = scene.quote();
    let refused = |scene: &Scene, quote| match scene.agree(quote) {
        Err(OrderError::Quote(error)) => error,
        other => panic!("{other:?}"),
    };
    let mut altered = quote.clone();
    altered.quote.expires = time(EXPIRES + 1);
    assert_eq!(refused(&scene, altered), QuoteError::Signature);
    let mut altered = quote.clone();
    altered.quote.priced = Priced { pay: NoteValue(9_000), ..quote.quote.priced };
    assert_eq!(refused(&scene, altered), QuoteError::Amounts);
    let mut altered = quote.clone();
    altered.quote.provider = scene.stranger.keys.signer();
    assert_eq!(refused(&scene, altered), QuoteError::Signature);
    let mut altered = quote.clone();
    altered.quote.ledger = LedgerId([9; 32]);
    assert_eq!(refused(&scene, altered), QuoteError::Ledger(LedgerId([9; 32])));
    let other = Corridor { below: NoteValue(BELOW + 1), ..scene.corridor.clone() };
    assert_eq!(quote.check(scene.id(), &other, time(NOW)), Err(QuoteError::Corridor));
    scene.stage.advance(EXPIRES - NOW - 1);
    scene.agree(quote.clone()).unwrap();
    scene.stage.advance(1);
    assert_eq!(refused(&scene, quote), QuoteError::Expired);
    // The words say what to do.
    assert!(QuoteError::Expired.to_string().contains("ask the provider for a new one"));
}

#[test]
fn keys_of_different_numbers_have_nothing_in_common() {
    let keys = [0, 1].map(|number| RemittanceKeys::of_seed(&Seed::new([1; 32]), number));
    assert_ne!(keys[0].signer(), keys[1].signer());
    assert_ne!(keys[0].recipient(), keys[1].recipient());
    let again = RemittanceKeys::of_seed(&Seed::new([1; 32]), 0);
    assert_eq!((again.signer(), again.recipient()), (keys[0].signer(), keys[0].recipient()));
    assert_eq!(format!("{:?}", keys[0]), "RemittanceKeys(<secret>)");
}
