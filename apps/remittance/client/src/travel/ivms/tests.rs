use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::travel::TravelMessage;

fn example() -> Value {
    json!({
        "originator": {
            "originatorPersons": [{"naturalPerson": {
                "name": {"nameIdentifier": [{"primaryIdentifier": "Nowak", "secondaryIdentifier": "Anna", "nameIdentifierType": "LEGL"}]},
                "geographicAddress": [{"addressType": "HOME", "streetName": "Piotrkowska", "buildingNumber": "7", "townName": "Łódź", "country": "PL"}],
                "countryOfResidence": "PL"
            }}],
            "accountNumber": ["PL61109010140000071219812874"]
        },
        "beneficiary": {
            "beneficiaryPersons": [{"naturalPerson": {
                "name": {"nameIdentifier": [{"primaryIdentifier": "김", "secondaryIdentifier": "민지", "nameIdentifierType": "LEGL"}]}
            }}]
        },
        "originatingVASP": {"originatingVASP": {"legalPerson": {
            "name": {"nameIdentifier": [{"legalPersonName": "Bank of the West", "legalPersonNameIdentifierType": "LEGL"}]},
            "nationalIdentification": {"nationalIdentifier": "5493001KJTIIGC8Y1R12", "nationalIdentifierType": "LEIX"}
        }}}
    })
}

fn checked(value: Value) -> Result<(), String> {
    let data: Ivms101 = serde_json::from_value(value).map_err(|error| error.to_string())?;
    data.check(date(2027, 1, 15)).map_err(|error| error.to_string())
}

#[test]
fn example_is_right_and_reads_back() {
    let data: Ivms101 = serde_json::from_value(example()).unwrap();
    data.check(date(2027, 1, 15)).unwrap();
    assert_eq!(serde_json::to_value(&data).unwrap(), example());
    assert_eq!(data.originator.originator_persons[0].name(), "Anna Nowak");
    assert_eq!(data.originating_vasp.as_ref().unwrap().person.name(), "Bank of the West");
    assert_eq!(format!("{data:?}"), "Ivms101(<personal data>)");
}

#[test]
fn data_that_break_a_rule_are_refused_and_the_place_is_named() {
    type Break = fn(&mut Value);
    let cases: [(&str, Break); 14] = [
        ("originator.originatorPersons: 1 to", |data| data["originator"]["originatorPersons"] = json!([])),
        ("C6", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]["name"]["nameIdentifier"][0]["nameIdentifierType"] =
                json!("ALIA");
        }),
        ("C1", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]
                .as_object_mut()
                .unwrap()
                .remove("geographicAddress");
        }),
        ("C3", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]["countryOfResidence"] = json!("pl");
        }),
        ("C8", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]["geographicAddress"][0]
                .as_object_mut()
                .unwrap()
                .remove("buildingNumber");
        }),
        ("unknown field", |data| data["originator"]["nickname"] = json!("A")),
        ("missing field", |data| {
            data.as_object_mut().unwrap().remove("beneficiary");
        }),
        ("primaryIdentifier", |data| {
            data["beneficiary"]["beneficiaryPersons"][0]["naturalPerson"]["name"]["nameIdentifier"][0]["primaryIdentifier"] =
                json!(" ");
        }),
        ("accountNumber", |data| data["originator"]["accountNumber"] = json!(["x".repeat(101)])),
        ("LEI", |data| {
            data["originatingVASP"]["originatingVASP"]["legalPerson"]["nationalIdentification"]["nationalIdentifier"] =
                json!("5493001KJTIIGC8Y1R13");
        }),
        ("C9", |data| {
            data["originatingVASP"]["originatingVASP"]["legalPerson"]["nationalIdentification"]["nationalIdentifierType"] =
                json!("RAID");
        }),
        ("codes", |data| {
            data["originatingVASP"]["originatingVASP"]["legalPerson"]["nationalIdentification"]["nationalIdentifierType"] =
                json!("CCPT");
        }),
        ("C2", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]["dateAndPlaceOfBirth"] =
                json!({"dateOfBirth": "2990-01-01", "placeOfBirth": "Łódź"});
        }),
        ("unknown variant", |data| {
            data["originator"]["originatorPersons"][0]["naturalPerson"]["geographicAddress"][0]["addressType"] =
                json!("MOON");
        }),
    ];
    for (expected, alter) in cases {
        let mut data = example();
        alter(&mut data);
        let found = checked(data).expect_err(expected);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

/// Every text in which one member of one object stands twice.
fn with_a_repeated_key(text: &str) -> Vec<String> {
    text.match_indices("\":")
        .map(|(end, _)| {
            let from = text[..end].rfind('"').unwrap();
            let mut value = serde_json::Deserializer::from_str(&text[end + 2..]).into_iter::<Value>();
            value.next().unwrap().unwrap();
            let member = &text[from..end + 2 + value.byte_offset()];
            format!("{}{member},{}", &text[..from], &text[from..])
        })
        .collect()
}

// One institution may show its officer one name of the sender, and the other the other.
#[test]
fn data_in_which_a_key_stands_twice_are_refused() {
    let texts = with_a_repeated_key(&example().to_string());
    assert_eq!(texts.len(), 34);
    for text in texts {
        assert!(serde_json::from_str::<Ivms101>(&text).is_err(), "{text}");
    }
    // A person who is both natural and legal.
    let two = r#"{"legalPerson":{"name":{"nameIdentifier":[]}},"naturalPerson":{"name":{"nameIdentifier":[]}}}"#;
    assert!(serde_json::from_str::<Person>(two).is_err());
}

#[test]
fn message_in_which_a_key_stands_twice_or_an_amount_is_a_number_is_refused() {
    let units = u64::MAX.to_string();
    let amount = |asset: &str| json!({"asset": asset, "units": units});
    let message = json!({
        "quote": "01", "reference": "R", "information": "for May", "paid": amount("02"), "delivered": amount("03"),
        "ivms101": example()
    });
    let text = message.to_string();
    assert_eq!(serde_json::from_str::<TravelMessage>(&text).unwrap().paid.units, units);
    for twice in with_a_repeated_key(&text) {
        assert!(serde_json::from_str::<TravelMessage>(&twice).is_err(), "{twice}");
    }
    let number = text.replace(&format!("\"{units}\""), &units);
    assert!(serde_json::from_str::<TravelMessage>(&number).is_err(), "a reader in JavaScript would round it");
}
