//! What applications lock stays in the pool: pledges, legs of remittances, letters of credit.

use tabella_crowdfunding::desk::CrowdfundingDesk;
use tabella_desk::{File, Values};
use tabella_remittance::RemittanceDesk;
use tabella_stage::testing::{file, shown};
use tabella_trade::TradeDesk;

use crate::{
    town::{EVER, Town, Turn, document, units},
    world::{CROWN, EURO, WON},
};

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// A campaign that reaches its goal and is paid, or fails and gives everything back.
pub(super) async fn campaign(town: &Town, turn: &Turn, succeeds: bool) {
    let [village, anna, ben] = town.cast();
    let (crown, start) = (town.asset(CROWN), town.now());
    let (deadline, claim_until) = (start + 1_000, start + 50_000);
    let terms = Values::new().with("title", "A well").with("asset", crown).with("goal", "9.00");
    let terms = terms.with("deadline", deadline).with("claim-until", claim_until);
    let campaign = shown(&town.done(village, &CrowdfundingDesk, "start", &terms), "Campaign");
    let of = Values::new().with("campaign", campaign);
    let (least, below) = if succeeds { (450, 2_000) } else { (10, 400) };
    for backer in [anna, ben] {
        turn.at(start, deadline).await;
        let pledge = of.clone().with("asset", crown).with("amount", units(town.draw(least, below)));
        town.done(backer, &CrowdfundingDesk, "pledge", &pledge);
    }
    turn.at(start, deadline).await;
    town.done(village, &CrowdfundingDesk, "acknowledge", &of);
    if succeeds {
        turn.at(deadline, claim_until - 5 * HOUR).await;
        town.done(village, &CrowdfundingDesk, "succeed", &of);
        turn.at(deadline, claim_until - 4 * HOUR).await;
        town.done(village, &CrowdfundingDesk, "claim", &of);
        return;
    }
    turn.at(deadline, claim_until).await;
    town.refused(village, &CrowdfundingDesk, "succeed", &of);
    for backer in [anna, ben] {
        turn.at(claim_until + HOUR, EVER).await;
        town.done(backer, &CrowdfundingDesk, "refund", &of);
    }
}

/// A remittance that is delivered, or declined and taken back.
pub(super) async fn remittance(town: &Town, turn: &Turn, delivered: bool) {
    let [sender, provider, receiver] = town.cast();
    let (euro, won) = (town.asset(EURO), town.asset(WON));
    let done = |who, form: &str, values: &Values| town.done(who, &RemittanceDesk, form, values);
    let (name, number) = if delivered { ("Poland to Korea", 3) } else { ("Poland to Korea, slowly", 4) };
    let open = Values::new().with("name", name).with("pays", euro).with("receives", won).with("below", "1000.00");
    let corridor = shown(&done(provider, "open-corridor", &open), "Corridor");
    turn.any().await;

    // Quote, order, answer and both locks: at one time, so that the quote holds.
    let price = Values::new().with("corridor", &corridor).with("given", "pay").with("amount", "100.00");
    let price = price.with("rate", "1560").with("fee", "1.50").with("fee-points", 50);
    let key = shown(&done(provider, "key", &Values::new()), "Your key");
    let quote = file(&done(provider, "quote", &price), "quote");
    let payee = done(receiver, "payee", &Values::new().with("corridor", &corridor).with("number", number));
    let payee = file(&payee, "payee");
    let order = Values::new()
        .with_file("quote", quote)
        .with("most", "100")
        .with("least", "152880")
        .with("provider", key)
        .with_file("payee", payee.clone())
        .with_file("travel", file(&done(sender, "travel", &travel()), "sender"))
        .with("reference", "INV-17")
        .with("information", "Invoice 17");
    let ordered = done(sender, "order", &order);
    let answer = done(provider, "answer", &Values::new().with_file("order", file(&ordered, "order")));
    let send = Values::new().with_file("copy", file(&ordered, "my-copy")).with_file("answer", file(&answer, "answer"));
    let sent = done(sender, "send", &send);
    let one = Values::new().with("remittance", shown(&sent, "Remittance"));
    let locked = town.now();

    turn.at(locked, locked + 20 * HOUR).await;
    if delivered {
        done(receiver, "accept", &Values::new().with_file("notice", file(&sent, "notice")).with_file("payee", payee));
        for party in [provider, receiver] {
            turn.at(locked, locked + 40 * HOUR).await;
            done(party, "claim", &one);
        }
    } else {
        done(receiver, "decline", &one);
        for party in [sender, provider] {
            turn.at(locked + 4 * DAY, EVER).await;
            done(party, "refund", &one);
        }
    }
}

fn travel() -> Values {
    Values::new()
        .with("sender-family", "Nowak")
        .with("sender-given", "Anna")
        .with("sender-address", "Piotrkowska 7\n90-001 Łódź")
        .with("sender-country", "PL")
        .with("sender-institution", "Bank of the West")
        .with("receiver-family", "Kim")
        .with("receiver-given", "Minji")
        .with("receiver-account", "110-234-567890")
}

/// A letter of credit that is paid against documents, or expires.
pub(super) async fn letter(town: &Town, turn: &Turn, paid: bool) {
    let [buyer, bank, adviser, seller, carrier, examiner] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &TradeDesk, form, values);
    let key = |who| shown(&done(who, "key", &Values::new()), "Your key");
    let (start, amount) = (town.now(), units(town.draw(1_000, 20_000)));
    let draft = Values::new()
        .with("issuing-bank", key(bank))
        .with("advising-bank", key(adviser))
        .with("beneficiary", key(seller))
        .with("examiner", key(examiner))
        .with("pay-to", shown(&done(seller, "key", &Values::new()), "An address for one letter of credit"))
        .with("asset", town.asset(EURO))
        .with("amount", &amount)
        .with("description", "400 bags of coffee, Santos to Hamburg")
        .with("bill-of-lading", key(carrier))
        .with("commercial-invoice", key(seller))
        .with("latest-shipment", start + 20 * DAY)
        .with("expiry", start + 30 * DAY)
        .with("claim-until", start + 60 * DAY);
    let drafted = done(buyer, "draft", &draft);
    let read = Values::new().with_file("letter", file(&drafted, "letter"));
    let review = done(bank, "review-letter", &read);
    let issue = read.with("id", shown(&review, "Letter of credit"));
    let issue = issue.with("pay-to", shown(&review, "Address of the seller")).with("amount", amount);
    turn.at(start, start + DAY).await;
    done(bank, "issue", &issue);
    let id = shown(&drafted, "Letter of credit");
    let one = Values::new().with("letter", &id);
    if !paid {
        turn.at(start + 61 * DAY, EVER).await;
        done(bank, "refund", &one);
        return;
    }
    turn.at(start, start + 9 * DAY).await;
    done(adviser, "advise", &one);
    turn.at(start + 10 * DAY, start + 20 * DAY).await;
    let endorse = |kind: &str| one.clone().with("kind", kind);
    let bill = endorse("bill-of-lading").with("shipped", start + 8 * DAY);
    let bill = done(carrier, "endorse", &bill.with_file("content", document(b"400 bags")));
    let invoice = endorse("commercial-invoice").with_file("content", document(b"Invoice 117"));
    let invoice = done(seller, "endorse", &invoice);
    let documents: Vec<File> = vec![file(&bill, "bill-of-lading"), file(&invoice, "commercial-invoice")];
    done(seller, "present", &one.clone().with_files("documents", documents));
    let presented = town.now();
    turn.at(presented, presented + DAY).await;
    done(examiner, "accept", &one);
    turn.at(start, start + 50 * DAY).await;
    done(seller, "claim", &one);
}

/// An invoice is confirmed, which makes its unit, and sold to a bank.
pub(super) async fn invoice(town: &Town, turn: &Turn) {
    let [debtor, seller, bank] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &TradeDesk, form, values);
    let (start, to) = (town.now(), town.world(|world| world.people[seller].address(0)));
    done(debtor, "register", &Values::new());
    turn.any().await;
    let confirm = Values::new()
        .with("seller", "DE811907980")
        .with("invoice", "2026-117")
        .with("asset", town.asset(EURO))
        .with("amount", "95.00")
        .with("issued", start)
        .with("due", start + 90 * DAY)
        .with_file("document", document(b"Invoice 117"))
        .with("to", to);
    let confirmation = file(&done(debtor, "confirm", &confirm), "confirmation");
    turn.at(start, start + 60 * DAY).await;
    let key = shown(&done(debtor, "key", &Values::new()), "Your key");
    let one = Values::new().with_file("confirmation", confirmation.clone()).with("debtor", key);
    let unit = shown(&done(bank, "check-invoice", &one), "Unit");
    let offer = one.clone().with("unit", &unit);
    let offer = offer.with("asset", town.asset(EURO)).with_file("document", document(b"Invoice 117"));
    let offer = offer.with("price", "93").with("to", to);
    let offered = done(bank, "offer", &offer);
    let sell = Values::new().with_file("confirmation", confirmation).with_file("offer", file(&offered, "offer"));
    let sell = sell.with("unit", unit);
    let sold = done(seller, "sell", &sell.with("asset", town.asset(EURO)).with("at-least", "90"));
    let buy = Values::new().with_file("copy", file(&offered, "my-copy")).with_file("answer", file(&sold, "answer"));
    done(bank, "buy", &buy);
}
