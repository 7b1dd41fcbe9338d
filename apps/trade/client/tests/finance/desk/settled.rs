//! Letters that are paid in several transactions, or end unpaid.

use tabella_desk::Values;
use tabella_trade_rules::{letter::LetterId, state::Status};

use super::{CLAIMED, STANDING, as_read, done, file, issue, issued, present, read, refused, shown};
use crate::scene::{AMOUNT, DAY, Scene};

#[test]
fn claim_of_many_escrows_says_what_its_own_transaction_brings() {
    let (mut scene, letter, letter_file) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, buyer, bank, seller, .. } = &mut scene;
    let reread = issue(stage, &mut bank.person, &letter_file);
    for increase in ["1", "2", "3", "4"] {
        let wanted = one.clone().with("increase", increase);
        let drafted = done(stage, &mut buyer.person, "draft-amendment", &wanted);
        let agree = read(stage, &mut seller.person, &file(&drafted, "amendment")).with("increase", increase);
        let consents = [&mut *buyer, &mut *seller]
            .map(|party| file(&done(stage, &mut party.person, "agree-amendment", &agree), "consent-amendment"));
        let amend = agree.with_files("consents", consents.to_vec()).with_file("letter", letter_file.clone());
        done(stage, &mut bank.person, "amend", &amend.with("pay-to", reread.text("pay-to").unwrap()));
    }
    stage.advance(10 * DAY);
    present(&mut scene, &letter, 8);
    let Scene { stage, seller, examiner, .. } = &mut scene;
    done(stage, &mut examiner.person, "accept", &one);
    // Four escrows were claimed first, by a transaction of their own.
    let claimed = done(stage, &mut seller.person, "claim", &one);
    let last: f64 = shown(&claimed, CLAIMED).trim_end_matches(" Euro").parse().unwrap();
    assert!(last < 960.0, "{last}");
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT) + 1_000);
}

#[test]
fn cancelled_letter_comes_back_at_its_time() {
    let (mut scene, letter, _) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, buyer, bank, seller, .. } = &mut scene;
    let read = as_read(stage, &mut buyer.person, &one, STANDING);
    let consents = [&mut *buyer, &mut *seller]
        .map(|party| file(&done(stage, &mut party.person, "agree-cancellation", &read), "consent-cancellation"));
    done(stage, &mut bank.person, "cancel", &read.with_files("consents", consents.to_vec()));
    refused(stage, &mut seller.person, "claim", &one, ("letter", "not been accepted"));
    stage.advance(60 * DAY);
    assert_eq!(shown(&done(stage, &mut bank.person, "refund", &one), "Taken back in this transaction"), "950.00 Euro");
    let id: LetterId = letter.parse().unwrap();
    assert!(matches!(scene.letter(id).status, Status::Cancelled(_)));
    assert_eq!(scene.balance(|scene| &scene.bank), 500_000 + u128::from(AMOUNT));
}
