//! Which desks the pages have. An application is added by one line; no page knows its name.

use tabella_access::desk::AccessDesk;
use tabella_crowdfunding::desk::CrowdfundingDesk;
use tabella_desk::{AssetsDesk, Desk, PaymentsDesk};
use tabella_energy::desk::EnergyDesk;
use tabella_market::desk::MarketDesk;
use tabella_notary::desk::NotaryDesk;
use tabella_provenance::desk::ProvenanceDesk;
use tabella_remittance::desk::RemittanceDesk;
use tabella_streaming::desk::StreamingDesk;
use tabella_trade::desk::TradeDesk;

/// All desks.
#[must_use]
pub fn desks() -> &'static [&'static dyn Desk] {
    &[
        // One line for each.
        &AssetsDesk,
        &PaymentsDesk,
        &AccessDesk,
        &CrowdfundingDesk,
        &EnergyDesk,
        &MarketDesk,
        &NotaryDesk,
        &ProvenanceDesk,
        &RemittanceDesk,
        &StreamingDesk,
        &TradeDesk,
    ]
}

/// The desk of an application.
#[must_use]
pub fn desk_of(application: &str) -> Option<&'static dyn Desk> {
    desks().iter().copied().find(|desk| desk.application() == application)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tabella_catalogue::catalogue;
    use tabella_desk::{Kind, Words};

    use super::*;

    fn is_name(text: &str) -> bool {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter))
    }

    /// In both languages, and Korean in Korean letters; a name such as ISRC is the same in both.
    fn is_said(words: Words) -> bool {
        if words.en == words.ko {
            return words.en.len() > 1 && words.en.chars().all(|letter| letter.is_ascii_uppercase());
        }
        let korean = words.ko.chars().any(|letter| ('가'..='힣').contains(&letter));
        !words.en.is_empty() && korean && !words.en.chars().any(|letter| ('가'..='힣').contains(&letter))
    }

    #[test]
    fn every_application_has_one_desk() {
        let mut names: Vec<&str> = desks().iter().map(|desk| desk.application()).collect();
        names.sort_unstable();
        let applications = catalogue();
        let mut expected: Vec<&str> =
            applications.shown().iter().map(|shown| shown.name()).chain(["assets", "payments"]).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn forms_and_fields_have_names_and_words_in_both_languages() {
        for desk in desks() {
            let mut ids = BTreeSet::new();
            assert!(!desk.forms().is_empty(), "{}", desk.application());
            for form in desk.all_forms() {
                let place = format!("{} {}", desk.application(), form.id);
                assert!(is_name(form.id) && ids.insert(form.id), "{place}");
                assert!(is_said(form.role) && is_said(form.title) && is_said(form.about), "{place}");
                let mut fields = BTreeSet::new();
                for field in form.fields {
                    let place = format!("{place} {}", field.id);
                    assert!(is_name(field.id) && fields.insert(field.id), "{place}");
                    assert!(is_said(field.label), "{place}");
                    assert_eq!(field.hint.en.is_empty(), field.hint.ko.is_empty(), "{place}");
                    assert!(field.hint.en.is_empty() || is_said(field.hint), "{place}");
                    match field.kind {
                        Kind::Number { least, most } => assert!(least <= most, "{place}"),
                        Kind::Choice { of } => {
                            assert!(of.len() > 1 && of.iter().all(|one| is_name(one.id)), "{place}");
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}
