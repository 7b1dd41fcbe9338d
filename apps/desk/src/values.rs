//! What people have filled in, read strictly: whatever is wrong is refused with the field where it stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt,
    fmt::Display,
    str::FromStr,
};

use tabella_payments::amount;
use tabella_protocol::{
    keys::{Address, AddressKind},
    note::{AssetId, NoteValue, Timestamp},
};
use tabella_prover::keyfile::{self, KeyFileContent, Passphrase};
use tabella_verifier::{
    assets::{AssetState, Assets},
    files::{self, PublicFile},
};

use crate::{Message, Stop, Words, say, words};

/// What is said at a field that must not be empty.
pub(crate) const NEEDED: Words = words("this is needed", "필수 항목입니다");
/// What is said at an amount of 0.
pub(crate) const NOT_ZERO: Words = words("this must be more than 0", "0보다 커야 합니다");

/// Shortest passphrase of a new key file, in characters, as on the command line.
const MINIMUM_LENGTH: usize = 12;

/// A file that somebody chose, or is given.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What is in it. It may tell a price, or hold a key.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What was filled in at a field.
#[derive(Clone)]
pub enum Entry {
    /// A text, a number, a choice: anything that is written.
    Text(String),
    /// Files that were chosen.
    Files(Vec<File>),
}

/// What was filled in, by the names of the fields. `Debug` prints the names only.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, Entry>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Values").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(<secret>)")
    }
}

impl Values {
    /// Nothing filled in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a field filled in.
    #[must_use]
    pub fn with(mut self, field: &str, text: impl Display) -> Self {
        self.insert(field, Entry::Text(text.to_string()));
        self
    }

    /// The same with a file chosen.
    #[must_use]
    pub fn with_file(self, field: &str, file: File) -> Self {
        self.with_files(field, vec![file])
    }

    /// The same with files chosen.
    #[must_use]
    pub fn with_files(mut self, field: &str, files: Vec<File>) -> Self {
        self.insert(field, Entry::Files(files));
        self
    }

    /// Fills in a field.
    pub fn insert(&mut self, field: &str, entry: Entry) {
        self.0.insert(field.to_owned(), entry);
    }

    /// The names of the fields that are filled in.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether anything stands at a field.
    #[must_use]
    pub fn is_given(&self, field: &str) -> bool {
        match self.0.get(field) {
            Some(Entry::Text(text)) => !text.trim().is_empty(),
            Some(Entry::Files(files)) => !files.is_empty(),
            None => false,
        }
    }

    /// A text, without white space around it.
    ///
    /// # Errors
    /// If nothing is filled in.
    pub fn text(&self, field: &str) -> Result<&str, Stop> {
        self.optional_text(field).ok_or_else(|| Stop::at(field, NEEDED))
    }

    /// A text that may be left out.
    #[must_use]
    pub fn optional_text(&self, field: &str) -> Option<&str> {
        match self.0.get(field) {
            Some(Entry::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Anything that is read from text: a number, an id of the application's.
    ///
    /// # Errors
    /// If nothing is filled in, or not that.
    pub fn parse<T: FromStr>(&self, field: &str) -> Result<T, Stop>
    where
        T::Err: Error + 'static,
    {
        self.text(field)?.parse().map_err(|error| Stop::at(field, error))
    }

    /// The same, where it may be left out.
    ///
    /// # Errors
    /// If what is filled in is not that.
    pub fn optional<T: FromStr>(&self, field: &str) -> Result<Option<T>, Stop>
    where
        T::Err: Error + 'static,
    {
        if self.is_given(field) { self.parse(field).map(Some) } else { Ok(None) }
    }

    /// A number within bounds, or what it is if it is left out.
    ///
    /// # Errors
    /// If it is no number, or out of them.
    pub fn number(&self, field: &str, (least, most): (u32, u32), left_out: u32) -> Result<u32, Stop> {
        let number = self.optional(field)?.unwrap_or(left_out);
        let is_within = (least..=most).contains(&number);
        if is_within { Ok(number) } else { Err(Stop::at(field, within(least, most))) }
    }

    /// Whether a flag is set: `yes`.
    #[must_use]
    pub fn flag(&self, field: &str) -> bool {
        self.optional_text(field) == Some("yes")
    }

    /// 32 bytes.
    ///
    /// # Errors
    /// If it is not 64 hexadecimal digits.
    pub fn bytes32(&self, field: &str) -> Result<[u8; 32], Stop> {
        let mut bytes = [0; 32];
        let read = hex::decode_to_slice(self.text(field)?.to_lowercase(), &mut bytes);
        let form = words("this has 64 characters, 0 to 9 and a to f", "0–9와 a–f로 된 64자를 빠짐없이 적으십시오");
        read.map_err(|_| Stop::at(field, form))?;
        Ok(bytes)
    }

    /// A point in time.
    ///
    /// # Errors
    /// If it is not a number of seconds since 1970.
    pub fn time(&self, field: &str) -> Result<Timestamp, Stop> {
        Timestamp::new(self.parse(field)?)
            .ok_or_else(|| Stop::at(field, words("there is no such time", "그런 시각은 없습니다")))
    }

    /// An address to pay to.
    ///
    /// # Errors
    /// If it is no payment address.
    pub fn address(&self, field: &str) -> Result<Address, Stop> {
        Address::decode(self.text(field)?, AddressKind::Payment).map_err(|error| Stop::at(field, error))
    }

    /// An asset of the ledger.
    ///
    /// # Errors
    /// If the ledger has none of this id.
    pub fn asset<'a>(&self, field: &str, assets: &'a Assets) -> Result<(AssetId, &'a AssetState), Stop> {
        let id = AssetId::from_bytes(&self.bytes32(field)?);
        let known = id.and_then(|id| Some((id, assets.get(&id)?)));
        known
            .ok_or_else(|| Stop::at(field, words("there is no such asset on this ledger", "이 원장에 없는 자산입니다")))
    }

    /// An amount of an asset, at least one of its smallest units.
    ///
    /// # Errors
    /// If it is none.
    pub fn amount(&self, field: &str, assets: &Assets, asset: &AssetId) -> Result<NoteValue, Stop> {
        let decimals = assets.get(asset).map_or(0, |state| state.description.decimals);
        let units = amount::parse(self.text(field)?, decimals).map_err(|error| Stop::at(field, error))?;
        if units == 0 { Err(Stop::at(field, NOT_ZERO)) } else { Ok(NoteValue(units)) }
    }

    /// A file.
    ///
    /// # Errors
    /// If none, or more than one, was chosen.
    pub fn file(&self, field: &str) -> Result<&File, Stop> {
        match self.files(field) {
            [one] => Ok(one),
            [] => Err(Stop::at(field, words("choose a file", "파일을 고르십시오"))),
            _ => Err(Stop::at(field, words("choose one file only", "파일을 하나만 고르십시오"))),
        }
    }

    /// The files that were chosen.
    #[must_use]
    pub fn files(&self, field: &str) -> &[File] {
        match self.0.get(field) {
            Some(Entry::Files(files)) => files,
            _ => &[],
        }
    }

    /// What is in a file of a kind.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn decode<T: PublicFile>(&self, field: &str) -> Result<T, Stop> {
        let file = self.file(field)?;
        files::decode(&file.bytes).map_err(|error| Stop::at(field, unread(file, error)))
    }

    /// What is in each of several files of a kind.
    ///
    /// # Errors
    /// If one is no such file.
    pub fn decode_all<T: PublicFile>(&self, field: &str) -> Result<Vec<T>, Stop> {
        let decode = |file: &File| files::decode(&file.bytes).map_err(|error| Stop::at(field, unread(file, error)));
        self.files(field).iter().map(decode).collect()
    }

    /// A passphrase as it was typed: it may begin or end with a space.
    ///
    /// # Errors
    /// If nothing is filled in.
    pub fn passphrase(&self, field: &str) -> Result<Passphrase, Stop> {
        self.typed(field).map(|text| Passphrase::new(text.to_owned()))
    }

    /// A new passphrase, which was typed twice.
    ///
    /// # Errors
    /// If it is too short, or the second is another.
    pub fn new_passphrase(&self, field: &str, again: &str) -> Result<Passphrase, Stop> {
        let typed = self.typed(field)?;
        let length = typed.chars().count();
        if length < MINIMUM_LENGTH {
            let message = say!(
                "a passphrase of {length} characters is too short: take {MINIMUM_LENGTH} or more",
                "암호 문구가 {length}자로 너무 짧습니다. {MINIMUM_LENGTH}자 이상으로 하십시오"
            );
            return Err(Stop::at(field, message));
        }
        if self.typed(again)? != typed {
            let differ = words(
                "the two passphrases differ: type the same one twice",
                "두 암호 문구가 다릅니다. 같은 것을 두 번 적으십시오",
            );
            return Err(Stop::at(again, differ));
        }
        Ok(Passphrase::new(typed.to_owned()))
    }

    fn typed(&self, field: &str) -> Result<&str, Stop> {
        match self.0.get(field) {
            Some(Entry::Text(text)) if !text.is_empty() => Ok(text),
            _ => Err(Stop::at(field, NEEDED)),
        }
    }

    /// What a key file holds, opened with the passphrase that stands at another field.
    ///
    /// # Errors
    /// If it is no such file, or the passphrase is wrong.
    pub fn key_file<T: KeyFileContent>(&self, field: &str, passphrase: &str) -> Result<T, Stop> {
        let secret = self.passphrase(passphrase)?;
        keyfile::open(&self.file(field)?.bytes, &secret).map_err(|error| match error {
            keyfile::KeyFileError::WrongPassphrase => Stop::at(passphrase, error),
            other => Stop::at(field, other),
        })
    }

    /// Which of several was chosen.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn choice(&self, field: &str, of: &[&'static str]) -> Result<&'static str, Stop> {
        let chosen = self.text(field)?;
        let names: BTreeSet<_> = of.iter().copied().collect();
        names.get(chosen).copied().ok_or_else(|| Stop::at(field, not_a_choice(chosen)))
    }
}

/// That a file is not the one that is needed.
#[must_use]
pub fn unread(file: &File, error: impl Into<Message>) -> Message {
    error.into().at((&file.name, &file.name))
}

fn within(least: u32, most: u32) -> Message {
    say!("this is from {least} to {most}", "{least}부터 {most}까지입니다")
}

/// That something is none of the choices.
pub(crate) fn not_a_choice(chosen: &str) -> Message {
    say!("\"{chosen}\" cannot be chosen here", "여기서 고를 수 없는 값입니다: “{chosen}”")
}
