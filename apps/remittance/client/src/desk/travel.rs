//! What the law wants told of two people, written down by one of them.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Message, Outcome, Stop, Values, Work, say, words};

use super::{NEXT, SENDER, SHOWN_RECEIVER, SHOWN_SENDER, at, names};
use crate::travel::{
    Address, AddressType, Beneficiary, BeneficiaryVasp, Ivms101, IvmsError, LegalName, LegalPerson, LegalPersonName,
    MAX_BYTES, NameIdentifier, NaturalPerson, NaturalPersonName, OriginatingVasp, Originator, Person, day,
};

const COUNTRY_HINT: tabella_desk::Words = words("Two capital letters, as in KR.", "두 글자 국가 코드. 예: KR");

pub(super) const WRITE: Form = Form {
    id: "travel",
    role: SENDER,
    title: words("Write down who sends and who receives", "송금인·수취인 정보 작성"),
    about: words(
        "The law wants both institutions told. You are given a file for your order; it is sealed to the two \
         institutions, and nobody else reads it.",
        "법에 따라 양쪽 기관에 알려야 하는 정보입니다. 주문할 때 쓸 파일을 받습니다. 이 정보는 두 기관만 읽을 수 있게 봉인됩니다.",
    ),
    fields: &[
        Field::new("sender-family", words("Sender: family name", "보내는 사람: 성"), Kind::Text),
        Field::new("sender-given", words("Sender: given names", "보내는 사람: 이름"), Kind::Text).optional(),
        Field::new("sender-address", words("Sender: address", "보내는 사람: 주소"), Kind::Lines)
            .hint(words("At most 7 lines of 70 characters.", "70자까지, 7줄 이내로 적으십시오.")),
        Field::new("sender-country", words("Sender: country", "보내는 사람: 국가"), Kind::Text).hint(COUNTRY_HINT),
        Field::new("sender-account", words("Sender: account", "보내는 사람: 계좌"), Kind::Text).optional(),
        Field::new("sender-institution", words("Sender: institution", "보내는 사람: 기관"), Kind::Text).optional(),
        Field::new("receiver-family", words("Receiver: family name", "받는 사람: 성"), Kind::Text),
        Field::new("receiver-given", words("Receiver: given names", "받는 사람: 이름"), Kind::Text).optional(),
        Field::new("receiver-country", words("Receiver: country", "받는 사람: 국가"), Kind::Text)
            .hint(COUNTRY_HINT)
            .optional(),
        Field::new("receiver-account", words("Receiver: account", "받는 사람: 계좌"), Kind::Text).optional(),
        Field::new("receiver-institution", words("Receiver: institution", "받는 사람: 기관"), Kind::Text).optional(),
    ],
    proves: false,
};

fn person(values: &Values, who: &str, addresses: Vec<Address>) -> Result<Person, Stop> {
    let name = NameIdentifier {
        primary_identifier: values.text(&format!("{who}-family"))?.to_owned(),
        secondary_identifier: values.optional_text(&format!("{who}-given")).map(str::to_owned),
        name_identifier_type: "LEGL".into(),
    };
    Ok(Person::NaturalPerson(NaturalPerson {
        name: NaturalPersonName { name_identifier: vec![name] },
        geographic_address: addresses,
        national_identification: None,
        customer_identification: None,
        date_and_place_of_birth: None,
        country_of_residence: values.optional_text(&format!("{who}-country")).map(str::to_owned),
    }))
}

fn institution(values: &Values, who: &str) -> Option<Person> {
    let name = LegalName {
        legal_person_name: values.optional_text(&format!("{who}-institution"))?.to_owned(),
        legal_person_name_identifier_type: "LEGL".into(),
    };
    Some(Person::LegalPerson(LegalPerson {
        name: LegalPersonName { name_identifier: vec![name] },
        geographic_address: Vec::new(),
        customer_identification: None,
        national_identification: None,
        country_of_registration: None,
    }))
}

fn accounts(values: &Values, who: &str) -> Vec<String> {
    values.optional_text(&format!("{who}-account")).map(str::to_owned).into_iter().collect()
}

fn data(values: &Values) -> Result<Ivms101, Stop> {
    let lines = values.text("sender-address")?.lines().map(str::trim).filter(|line| !line.is_empty());
    let address = Address {
        address_type: AddressType::Home,
        street_name: None,
        building_number: None,
        building_name: None,
        post_code: None,
        town_name: None,
        country_sub_division: None,
        address_line: lines.map(str::to_owned).collect(),
        country: values.text("sender-country")?.to_owned(),
    };
    Ok(Ivms101 {
        originator: Originator {
            originator_persons: vec![person(values, "sender", vec![address])?],
            account_number: accounts(values, "sender"),
        },
        beneficiary: Beneficiary {
            beneficiary_persons: vec![person(values, "receiver", Vec::new())?],
            account_number: accounts(values, "receiver"),
        },
        originating_vasp: institution(values, "sender").map(|person| OriginatingVasp { person }),
        beneficiary_vasp: institution(values, "receiver").map(|person| BeneficiaryVasp { person }),
    })
}

/// The field in which a place of the data is filled in.
fn field_of(place: &str) -> String {
    let who = if place.starts_with("originat") { "sender" } else { "receiver" };
    let what = [
        ("VASP", "institution"),
        ("accountNumber", "account"),
        ("ountry", "country"),
        ("geographicAddress", "address"),
        ("secondaryIdentifier", "given"),
    ];
    let what = what.into_iter().find(|(part, _)| place.contains(part)).map_or("family", |(_, field)| field);
    format!("{who}-{what}")
}

pub(super) fn write(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let data = data(values)?;
    data.check(day(work.now))
        .map_err(|IvmsError { place, rule }| Stop::at(&field_of(&place), Message::english(rule)))?;
    // Names of files tell nobody.
    let name = rand_core::RngCore::next_u32(&mut OsRng);
    Ok(Outcome::new()
        .show(SHOWN_SENDER, names(&data.originator.originator_persons))
        .show(SHOWN_RECEIVER, names(&data.beneficiary.beneficiary_persons))
        .show(NEXT, words("Choose the file when you order.", "주문할 때 이 파일을 고르십시오."))
        .give(format!("sender-and-receiver-{name:08x}.json"), serde_json::to_vec_pretty(&data)?))
}

/// The data of a file.
pub(super) fn read(values: &Values, field: &str) -> Result<Ivms101, Stop> {
    let bytes = &values.file(field)?.bytes;
    if bytes.len() > MAX_BYTES {
        return Err(Stop::at(
            field,
            say!("this file is longer than {MAX_BYTES} bytes", "파일이 {MAX_BYTES}바이트보다 깁니다"),
        ));
    }
    serde_json::from_slice(bytes).map_err(at(field))
}
