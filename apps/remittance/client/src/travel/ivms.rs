//! IVMS101.2023, the interVASP messaging standard: the part that travel-rule messages between two institutions use, in its JSON
//! names, with its constraints C1 to C9 and C11. What is not in this part is refused, and not passed over.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Who sends, who receives, and through whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ivms101 {
    /// Who sends.
    pub originator: Originator,
    /// Who receives.
    pub beneficiary: Beneficiary,
    /// The institution of who sends.
    #[serde(default, rename = "originatingVASP", skip_serializing_if = "Option::is_none")]
    pub originating_vasp: Option<OriginatingVasp>,
    /// The institution of who receives.
    #[serde(default, rename = "beneficiaryVASP", skip_serializing_if = "Option::is_none")]
    pub beneficiary_vasp: Option<BeneficiaryVasp>,
}

/// What is about a person is not printed by accident.
macro_rules! not_printed {
    ($($name:ident),* $(,)?) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(<personal data>)"))
            }
        })*
    };
}

not_printed!(
    Ivms101,
    Originator,
    Beneficiary,
    OriginatingVasp,
    BeneficiaryVasp,
    Person,
    NaturalPerson,
    NaturalPersonName,
    NameIdentifier,
    Address,
    NationalIdentification,
    DateAndPlaceOfBirth,
    LegalPerson,
    LegalPersonName,
    LegalName,
);

/// Who sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Originator {
    /// One or more.
    pub originator_persons: Vec<Person>,
    /// Accounts, for example an IBAN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_number: Vec<String>,
}

/// Who receives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beneficiary {
    /// One or more.
    pub beneficiary_persons: Vec<Person>,
    /// Accounts, for example an IBAN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_number: Vec<String>,
}

/// The institution of who sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginatingVasp {
    /// Who it is.
    #[serde(rename = "originatingVASP")]
    pub person: Person,
}

/// The institution of who receives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeneficiaryVasp {
    /// Who it is.
    #[serde(rename = "beneficiaryVASP")]
    pub person: Person,
}

/// A natural or a legal person: exactly one of the two.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Person {
    /// A human being.
    NaturalPerson(NaturalPerson),
    /// A firm.
    LegalPerson(LegalPerson),
}

/// A human being.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NaturalPerson {
    /// Names.
    pub name: NaturalPersonName,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geographic_address: Vec<Address>,
    /// A number of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_identification: Option<NationalIdentification>,
    /// By which the institution knows the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_identification: Option<String>,
    /// Birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_and_place_of_birth: Option<DateAndPlaceOfBirth>,
    /// ISO 3166-1 alpha-2, or XX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_of_residence: Option<String>,
}

/// Names of a human being.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NaturalPersonName {
    /// One or more, one of them the legal name.
    pub name_identifier: Vec<NameIdentifier>,
}

/// A name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NameIdentifier {
    /// Family name, or the only name.
    pub primary_identifier: String,
    /// Other names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_identifier: Option<String>,
    /// ALIA, BIRT, MAID, LEGL or MISC.
    pub name_identifier_type: String,
}

/// An address: lines, or street and building.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// What it is.
    pub address_type: AddressType,
    /// Street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_name: Option<String>,
    /// Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_number: Option<String>,
    /// Name of the building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_name: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town_name: Option<String>,
    /// State, province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_sub_division: Option<String>,
    /// At most 7 lines of at most 70 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address_line: Vec<String>,
    /// ISO 3166-1 alpha-2, or XX.
    pub country: String,
}

/// Kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AddressType {
    /// Home.
    #[serde(rename = "HOME")]
    Home,
    /// Business.
    #[serde(rename = "BIZZ")]
    Business,
    /// Geographic.
    #[serde(rename = "GEOG")]
    Geographic,
}

/// A number of a document or register.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NationalIdentification {
    /// The number, at most 35 characters.
    pub national_identifier: String,
    /// ARNU, CCPT, RAID, DRLC, FIIN, TXID, SOCS, IDCD, LEIX or MISC.
    pub national_identifier_type: String,
    /// Of a natural person, who issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_of_issue: Option<String>,
    /// Of a legal person, the register: RA and six digits (GLEIF).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_authority: Option<String>,
}

/// Birth.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DateAndPlaceOfBirth {
    /// As in 1990-12-31.
    pub date_of_birth: String,
    /// At most 70 characters.
    pub place_of_birth: String,
}

/// A firm.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalPerson {
    /// Names.
    pub name: LegalPersonName,
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub geographic_address: Vec<Address>,
    /// By which an institution knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_identification: Option<String>,
    /// A number of a register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_identification: Option<NationalIdentification>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_of_registration: Option<String>,
}

/// Names of a firm.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalPersonName {
    /// One or more, one of them the legal name.
    pub name_identifier: Vec<LegalName>,
}

/// A firm's name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalName {
    /// The name.
    pub legal_person_name: String,
    /// LEGL, SHRT or TRAD.
    pub legal_person_name_identifier_type: String,
}

/// A rule that the data break: where, and what is needed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: {rule}")]
pub struct IvmsError {
    /// Where in the data.
    pub place: String,
    /// What is needed.
    pub rule: &'static str,
}

type Checked = Result<(), IvmsError>;

fn need(holds: bool, place: &str, rule: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(IvmsError { place: place.to_owned(), rule }) }
}

fn text(value: &str, most: usize, place: &str) -> Checked {
    let is_text = !value.trim().is_empty() && !value.chars().any(char::is_control);
    need(is_text && value.chars().count() <= most, place, "text that is not blank, and not too long for its field")
}

fn country(value: &str, place: &str) -> Checked {
    let is_code = value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase());
    need(is_code, place, "a country is two capital letters of ISO 3166-1, or XX (C3)")
}

fn one_of(value: &str, codes: &[&str], place: &str) -> Checked {
    need(codes.contains(&value), place, "one of the codes that IVMS101 has for this field")
}

impl Ivms101 {
    /// Checks the constraints, of which one is about a day: people were born before it.
    ///
    /// # Errors
    /// [`IvmsError`] names the place and what is needed there.
    pub fn check(&self, day: Date) -> Checked {
        persons(&self.originator.originator_persons, "originator.originatorPersons", true, day)?;
        accounts(&self.originator.account_number, "originator.accountNumber")?;
        persons(&self.beneficiary.beneficiary_persons, "beneficiary.beneficiaryPersons", false, day)?;
        accounts(&self.beneficiary.account_number, "beneficiary.accountNumber")?;
        if let Some(OriginatingVasp { person }) = &self.originating_vasp {
            person.check("originatingVASP", false, day)?;
        }
        if let Some(BeneficiaryVasp { person }) = &self.beneficiary_vasp {
            person.check("beneficiaryVASP", false, day)?;
        }
        Ok(())
    }
}

fn persons(persons: &[Person], place: &str, is_originator: bool, day: Date) -> Checked {
    need(!persons.is_empty() && persons.len() <= 16, place, "1 to 16 persons")?;
    for (index, person) in persons.iter().enumerate() {
        person.check(&format!("{place}[{index}]"), is_originator, day)?;
    }
    Ok(())
}

fn accounts(numbers: &[String], place: &str) -> Checked {
    need(numbers.len() <= 16, place, "at most 16 accounts")?;
    numbers.iter().try_for_each(|number| text(number, 100, place))
}

impl Person {
    fn check(&self, place: &str, is_originator: bool, day: Date) -> Checked {
        match self {
            Self::NaturalPerson(person) => person.check(&format!("{place}.naturalPerson"), is_originator, day),
            Self::LegalPerson(person) => person.check(&format!("{place}.legalPerson"), is_originator),
        }
    }

    /// The legal name, in one line.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::NaturalPerson(person) => {
                let names = &person.name.name_identifier;
                let legal = names.iter().find(|name| name.name_identifier_type == "LEGL").or_else(|| names.first());
                legal.map_or_else(String::new, |name| match &name.secondary_identifier {
                    Some(other) => format!("{other} {}", name.primary_identifier),
                    None => name.primary_identifier.clone(),
                })
            }
            Self::LegalPerson(person) => {
                let names = &person.name.name_identifier;
                let legal = names.iter().find(|name| name.legal_person_name_identifier_type == "LEGL");
                legal.or_else(|| names.first()).map_or_else(String::new, |name| name.legal_person_name.clone())
            }
        }
    }
}

impl NaturalPerson {
    fn check(&self, place: &str, is_originator: bool, day: Date) -> Checked {
        let names = &self.name.name_identifier;
        need(!names.is_empty() && names.len() <= 16, &format!("{place}.name"), "1 to 16 names")?;
        let is_legal = names.iter().any(|name| name.name_identifier_type == "LEGL");
        need(is_legal, &format!("{place}.name"), "one of the names is the legal one, LEGL (C6)")?;
        for name in names {
            text(&name.primary_identifier, 100, &format!("{place}.name.primaryIdentifier"))?;
            if let Some(other) = &name.secondary_identifier {
                text(other, 100, &format!("{place}.name.secondaryIdentifier"))?;
            }
            let codes = ["ALIA", "BIRT", "MAID", "LEGL", "MISC"];
            one_of(&name.name_identifier_type, &codes, &format!("{place}.name.nameIdentifierType"))?;
        }
        addresses(&self.geographic_address, place)?;
        let is_known = !self.geographic_address.is_empty()
            || self.customer_identification.is_some()
            || self.national_identification.is_some()
            || self.date_and_place_of_birth.is_some();
        let rule = "who sends is told by an address, a customer or national identification, or birth as well (C1)";
        need(is_known || !is_originator, place, rule)?;
        if let Some(number) = &self.customer_identification {
            text(number, 50, &format!("{place}.customerIdentification"))?;
        }
        if let Some(number) = &self.national_identification {
            let place = format!("{place}.nationalIdentification");
            let codes = ["ARNU", "CCPT", "RAID", "DRLC", "FIIN", "TXID", "SOCS", "IDCD", "MISC"];
            number.check(&codes, &place)?;
            let rule = "the register is told of legal persons, the country of issue of natural ones (C9)";
            need(number.registration_authority.is_none(), &place, rule)?;
        }
        if let Some(birth) = &self.date_and_place_of_birth {
            let place = format!("{place}.dateAndPlaceOfBirth");
            text(&birth.place_of_birth, 70, &place)?;
            let is_past = birth.date_of_birth.parse::<Date>().is_ok_and(|date| date < day);
            need(is_past, &place, "a date in the past, as in 1990-12-31 (C2)")?;
        }
        match &self.country_of_residence {
            Some(code) => country(code, &format!("{place}.countryOfResidence")),
            None => Ok(()),
        }
    }
}

impl LegalPerson {
    fn check(&self, place: &str, is_originator: bool) -> Checked {
        let names = &self.name.name_identifier;
        need(!names.is_empty() && names.len() <= 16, &format!("{place}.name"), "1 to 16 names")?;
        let is_legal = names.iter().any(|name| name.legal_person_name_identifier_type == "LEGL");
        need(is_legal, &format!("{place}.name"), "one of the names is the legal one, LEGL (C5)")?;
        for name in names {
            text(&name.legal_person_name, 100, &format!("{place}.name.legalPersonName"))?;
            let place = format!("{place}.name.legalPersonNameIdentifierType");
            one_of(&name.legal_person_name_identifier_type, &["LEGL", "SHRT", "TRAD"], &place)?;
        }
        addresses(&self.geographic_address, place)?;
        let is_known = !self.geographic_address.is_empty()
            || self.customer_identification.is_some()
            || self.national_identification.is_some();
        let rule = "a firm that sends is told by an address, a customer or national identification as well (C4)";
        need(is_known || !is_originator, place, rule)?;
        if let Some(number) = &self.customer_identification {
            text(number, 50, &format!("{place}.customerIdentification"))?;
        }
        if let Some(number) = &self.national_identification {
            let place = format!("{place}.nationalIdentification");
            number.check(&["RAID", "MISC", "LEIX", "TXID"], &place)?;
            need(number.country_of_issue.is_none(), &place, "of legal persons no country of issue is told (C9)")?;
            match (&*number.national_identifier_type, &number.registration_authority) {
                ("LEIX", None) => {
                    need(is_lei(&number.national_identifier), &place, "an LEI of 20 characters (ISO 17442)")?;
                }
                ("LEIX", Some(_)) => need(false, &place, "of an LEI no register is told (C9)")?,
                (_, Some(register)) => {
                    let digits = register.strip_prefix("RA").unwrap_or_default();
                    let is_one = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
                    need(is_one, &place, "a register is RA and six digits")?;
                }
                (_, None) => need(false, &place, "a number that is no LEI is told with its register (C9)")?,
            }
        }
        match &self.country_of_registration {
            Some(code) => country(code, &format!("{place}.countryOfRegistration")),
            None => Ok(()),
        }
    }
}

/// 18 letters and digits, and two digits by which all is 1 modulo 97 (ISO 17442, ISO 7064).
fn is_lei(text: &str) -> bool {
    let is_form = text.len() == 20
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && text.bytes().skip(18).all(|byte| byte.is_ascii_digit());
    let rest = text.bytes().fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97,
    });
    is_form && rest == 1
}

fn addresses(addresses: &[Address], place: &str) -> Checked {
    need(addresses.len() <= 16, place, "at most 16 addresses")?;
    for address in addresses {
        address.check(&format!("{place}.geographicAddress"))?;
    }
    Ok(())
}

impl Address {
    fn check(&self, place: &str) -> Checked {
        country(&self.country, &format!("{place}.country"))?;
        let fields = [
            (&self.street_name, 70),
            (&self.building_number, 16),
            (&self.building_name, 35),
            (&self.post_code, 16),
            (&self.town_name, 35),
            (&self.country_sub_division, 35),
        ];
        for (field, most) in fields {
            if let Some(value) = field {
                text(value, most, place)?;
            }
        }
        need(self.address_line.len() <= 7, place, "at most 7 lines")?;
        self.address_line.iter().try_for_each(|line| text(line, 70, place))?;
        let is_street = self.street_name.is_some() && (self.building_name.is_some() || self.building_number.is_some());
        need(!self.address_line.is_empty() || is_street, place, "lines, or a street with a building (C8)")
    }
}

impl NationalIdentification {
    fn check(&self, codes: &[&str], place: &str) -> Checked {
        text(&self.national_identifier, 35, place)?;
        one_of(&self.national_identifier_type, codes, place)?;
        match &self.country_of_issue {
            Some(code) => country(code, place),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
