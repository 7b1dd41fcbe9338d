//! The file of a ceremony.

use std::fmt;

use tabella_protocol::{domain::personal, hash::blake2b_256, statement::Shape};

use super::{
    Author, CircuitDescription, DecodeError, Phase, Powers, Queries, Record, Secret, SecretPoints, Text,
    encoding::Reader,
};

/// Version of the file.
pub(super) const FORMAT: u8 = 1;
const MAGIC: &[u8; 8] = b"TabellaS";
/// Contributions in one phase, at most.
pub const MAX_RECORDS: usize = 1000;

/// Hash of a transcript up to some contribution. That of the whole transcript names the ceremony's outcome.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TranscriptHash(pub [u8; 32]);

impl fmt::Display for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TranscriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TranscriptHash({self})")
    }
}

impl std::str::FromStr for TranscriptHash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// A ceremony as far as it got. What was read is well formed; whether it is right, [`super::check`] tells.
///
/// Encoding: `"TabellaS"`, format version (1 byte), name, the two circuits; number of records of the first phase (4
/// bytes), these, and if there are any the powers. If the last of these records is a beacon: number of records of the second
/// phase (4 bytes), these, and the queries of both shapes. Only the newest powers and queries are kept: older ones are not
/// needed to check them, because each contribution shows by which factors it changed the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// What the ceremony is called.
    pub name: Text,
    /// The circuits, one of each shape, transfer first.
    pub circuits: [CircuitDescription; 2],
    /// The contributions to the first phase.
    pub powers_records: Vec<Record>,
    /// The powers after them.
    pub powers: Powers,
    /// The contributions to the second phase.
    pub queries_records: Vec<Record>,
    /// The queries after them, transfer first; from the beacon of the first phase on.
    pub queries: Option<[Queries; 2]>,
}

impl Transcript {
    /// A ceremony without contributions.
    #[must_use]
    pub fn new(name: Text, circuits: [CircuitDescription; 2]) -> Self {
        let powers = Powers::initial(domain(&circuits));
        Self { name, circuits, powers_records: Vec::new(), powers, queries_records: Vec::new(), queries: None }
    }

    /// The size of the largest domain.
    #[must_use]
    pub fn domain(&self) -> usize {
        domain(&self.circuits)
    }

    /// The phase that the next contribution belongs to; `None` if the ceremony is complete.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        match (ends_with_beacon(&self.powers_records), ends_with_beacon(&self.queries_records)) {
            (false, _) => Some(Phase::Powers),
            (true, false) => Some(Phase::Queries),
            (true, true) => None,
        }
    }

    /// The records of a phase.
    #[must_use]
    pub fn records(&self, phase: Phase) -> &[Record] {
        match phase {
            Phase::Powers => &self.powers_records,
            Phase::Queries => &self.queries_records,
        }
    }

    /// The secrets of a phase after its last record.
    #[must_use]
    pub fn secrets(&self, phase: Phase) -> Vec<SecretPoints> {
        let initial = || phase.secrets().iter().copied().map(SecretPoints::initial).collect();
        self.records(phase).last().map_or_else(initial, |record| record.points.clone())
    }

    /// One secret after the last record of its phase.
    #[must_use]
    pub fn secret(&self, secret: Secret) -> SecretPoints {
        let phase = if matches!(secret, Secret::Delta(_)) { Phase::Queries } else { Phase::Powers };
        let position = phase.secrets().iter().position(|other| *other == secret);
        let found = position.and_then(|position| self.secrets(phase).get(position).copied());
        found.unwrap_or_else(|| SecretPoints::initial(secret))
    }

    /// The hash before any contribution: `BLAKE2b-256("Tabella_SetupCer", 00 || head)`.
    #[must_use]
    pub fn initial_hash(&self) -> TranscriptHash {
        TranscriptHash(blake2b_256(personal::SETUP, &[&[0], &self.head()]))
    }

    /// The hash of the whole transcript.
    #[must_use]
    pub fn hash(&self) -> TranscriptHash {
        let mut hash = self.initial_hash();
        for phase in [Phase::Powers, Phase::Queries] {
            for record in self.records(phase) {
                hash = hash.after(phase, record);
            }
        }
        hash
    }

    fn head(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(FORMAT);
        self.name.put(&mut out);
        for circuit in &self.circuits {
            out.push(circuit.shape as u8);
            out.extend(circuit.matrices);
            for number in [circuit.instance, circuit.witness, circuit.constraints] {
                out.extend(number.to_le_bytes());
            }
        }
        out
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.head();
        put_records(&mut out, &self.powers_records);
        if !self.powers_records.is_empty() {
            out.extend(self.powers.to_bytes());
        }
        if let Some(queries) = &self.queries {
            put_records(&mut out, &self.queries_records);
            for queries in queries {
                queries.put(&mut out);
            }
        }
        out
    }

    /// Reads a transcript: all of the bytes, in the one encoding that it has; every point in its subgroup.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader(bytes);
        let header = reader.take("header", 9).map_err(|_| DecodeError::Header)?;
        if header.strip_prefix(MAGIC) != Some(&[FORMAT]) {
            return Err(DecodeError::Header);
        }
        let name = Text::read(&mut reader, "name of the ceremony")?;
        let mut circuit = |shape| {
            let circuit = read_circuit(&mut reader, shape)?;
            if circuit.is_plausible() { Ok(circuit) } else { Err(DecodeError::Circuit) }
        };
        let circuits = [circuit(Shape::Transfer)?, circuit(Shape::Cast)?];
        let size = domain(&circuits);
        let powers_records = read_records(&mut reader, Phase::Powers)?;
        let powers = match powers_records.len() {
            0 => Powers::initial(size),
            _ => Powers::read(&mut reader, size)?,
        };
        let mut transcript =
            Self { name, circuits, powers_records, powers, queries_records: Vec::new(), queries: None };
        if transcript.phase() != Some(Phase::Powers) {
            transcript.queries_records = read_records(&mut reader, Phase::Queries)?;
            let [transfer, cast] = &circuits;
            transcript.queries = Some([Queries::read(&mut reader, transfer)?, Queries::read(&mut reader, cast)?]);
        }
        match reader.0.len() {
            0 => Ok(transcript),
            trailing => Err(DecodeError::Trailing(trailing)),
        }
    }
}

/// The digest that a contribution names: `BLAKE2b-256("Tabella_SetupCer", 02 || encoding of both)`.
#[must_use]
pub fn queries_digest(queries: &[Queries; 2]) -> [u8; 32] {
    let mut bytes = Vec::new();
    for queries in queries {
        queries.put(&mut bytes);
    }
    blake2b_256(personal::SETUP, &[&[2], &bytes])
}

impl TranscriptHash {
    /// The hash after one more record: `BLAKE2b-256("Tabella_SetupCer", 03 || hash || phase (1 byte) || record)`.
    #[must_use]
    pub fn after(&self, phase: Phase, record: &Record) -> Self {
        Self(blake2b_256(personal::SETUP, &[&[3], &self.0, &[phase.number()], &record.to_bytes()]))
    }
}

fn domain(circuits: &[CircuitDescription; 2]) -> usize {
    circuits.iter().map(CircuitDescription::domain).max().unwrap_or_default()
}

fn ends_with_beacon(records: &[Record]) -> bool {
    records.last().is_some_and(|record| matches!(record.author, Author::Beacon(_)))
}

fn put_records(out: &mut Vec<u8>, records: &[Record]) {
    let count = u32::try_from(records.len()).expect("a phase has at most 1000 records");
    out.extend(count.to_le_bytes());
    for record in records {
        out.extend(record.to_bytes());
    }
}

fn read_records(reader: &mut Reader<'_>, phase: Phase) -> Result<Vec<Record>, DecodeError> {
    let count = reader.u32("number of contributions")? as usize;
    if count > MAX_RECORDS {
        return Err(DecodeError::TooMany(count));
    }
    (0..count).map(|_| Record::read(reader, phase)).collect()
}

fn read_circuit(reader: &mut Reader<'_>, shape: Shape) -> Result<CircuitDescription, DecodeError> {
    if reader.byte("shape of a circuit")? != shape as u8 {
        return Err(DecodeError::Circuit);
    }
    let what = "description of a circuit";
    Ok(CircuitDescription {
        shape,
        matrices: reader.array(what)?,
        instance: reader.u32(what)?,
        witness: reader.u32(what)?,
        constraints: reader.u32(what)?,
    })
}
