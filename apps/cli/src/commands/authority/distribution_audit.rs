//! An auditor checks the distribution of hidden weights. Spec § 6.7.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::distribution::{Recipient, audit_distribution};
use tabella_forms::roll::{self, Entry};
use tabella_protocol::{
    election::{ElectionId, ElectionRecord, MAX_RECORD_BYTES, Weights},
    keys::{Address, AddressKind, FullViewingKey},
};
use tabella_verifier::{record::verify_record, report::CheckId};

use crate::{
    cli::Context,
    elections::{
        files::{self, ViewingKeyFile, read_bytes},
        ledger::{self, accepted_keys},
    },
    output::{ExitKind, Table},
};

/// Differences that are named in one message.
const NAMED: usize = 10;

/// Arguments of `authority audit-distribution`.
#[derive(Args, Debug)]
pub struct AuditDistribution {
    /// The viewing key, from the authority
    #[arg(value_name = "VIEWING_KEY")]
    key: PathBuf,
    /// Id of the election, as it was announced
    #[arg(long, value_name = "ELECTION_ID")]
    election: ElectionId,
    /// An election record to read in place of the ledger; it is verified first
    #[arg(long, value_name = "RECORD")]
    record: Option<PathBuf>,
    /// What is due to whom: a table with columns "address" and "weight", to compare with
    #[arg(long, value_name = "CSV")]
    register: Option<PathBuf>,
}

impl AuditDistribution {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let file: ViewingKeyFile = files::read(&self.key)?;
        if file.election != self.election {
            bail!("{} is of election {}, and not of {}", self.key.display(), file.election, self.election);
        }
        let key = FullViewingKey::from_bytes(&file.key)
            .ok_or_else(|| anyhow!("{} is damaged: it holds no viewing key", self.key.display()))?;
        let due = match &self.register {
            Some(path) => Some(roll::check(roll::read_table(path, Weights::Hidden)?).context("the register is wrong")?),
            None => None,
        };
        let sent = match &self.record {
            Some(path) => audit_record(&key, self.election, path, context)?,
            None => {
                let ledger = ledger::open(context)?;
                let pool = ledger::election(&ledger, self.election)?;
                audit_distribution(&key, pool, &ledger.election_entries(self.election)?)
                    .context("the distribution is not in order, or not complete yet")?
            }
        };
        if let Some(due) = &due {
            compare(&sent, due)?;
        }
        let recipient = |recipient: &Recipient| SentRight {
            address: recipient.address.encode(AddressKind::Election),
            weight: recipient.weight,
        };
        context.output.show(&Audited {
            election: self.election.to_string(),
            voters: sent.len(),
            total: sent.iter().map(|recipient| recipient.weight).sum(),
            register: due.is_some(),
            rights: sent.iter().map(recipient).collect(),
        })
    }
}

fn audit_record(
    key: &FullViewingKey,
    election: ElectionId,
    path: &std::path::Path,
    context: &Context,
) -> anyhow::Result<Vec<Recipient>> {
    let bytes = read_bytes(path, MAX_RECORD_BYTES)?;
    let verification = verify_record(&bytes, &accepted_keys(context)?, &mut OsRng, |_| ());
    // The record of a closed election has no result yet.
    let holds = verification.report.holds_but_for(CheckId::TallyResult);
    let Some(verified) = verification.election.filter(|_| holds) else {
        bail!("{} is not a valid record: `tabella verify` tells why", path.display());
    };
    if verified.pool.id() != election {
        bail!("{} is of election {}, and not of {election}", path.display(), verified.pool.id());
    }
    let record = ElectionRecord::decode(&bytes).with_context(|| format!("cannot read {}", path.display()))?;
    audit_distribution(key, &verified.pool, &record.entries).context("the distribution is not in order")
}

/// Compares what was sent with what is due.
fn compare(sent: &[Recipient], due: &[Entry]) -> anyhow::Result<()> {
    let owner = |address: &Address| address.owner().to_bytes();
    let mut rest: BTreeMap<[u8; 32], &Recipient> = sent.iter().map(|right| (owner(&right.address), right)).collect();
    let mut differences = Vec::new();
    for Entry { place, address, weight } in due {
        match rest.remove(&owner(address)) {
            None => differences
                .push(format!("{place}: the address is not on the roll, and a weight of {weight} is due to it")),
            Some(right) if right.weight != *weight => {
                differences.push(format!("{place}: a weight of {} was sent, and {weight} is due", right.weight));
            }
            Some(_) => {}
        }
    }
    for right in rest.into_values() {
        let address = right.address.encode(AddressKind::Election);
        differences
            .push(format!("a weight of {} was sent to {address}, which the register does not name", right.weight));
    }
    if differences.is_empty() {
        return Ok(());
    }
    let count = differences.len();
    differences.truncate(NAMED);
    if count > NAMED {
        differences.push(format!("and {} more", count - NAMED));
    }
    Err(anyhow!(ExitKind::Refused)
        .context(format!("the distribution differs from the register:\n  {}", differences.join("\n  "))))
}

#[derive(Serialize)]
struct Audited {
    election: String,
    voters: usize,
    total: u64,
    /// Whether it was compared with a register.
    register: bool,
    rights: Vec<SentRight>,
}

#[derive(Serialize)]
struct SentRight {
    address: String,
    weight: u64,
}

impl fmt::Display for Audited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[">weight", "address"]);
        for right in &self.rights {
            table.row([right.weight.to_string(), right.address.clone()]);
        }
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "The whole weight of {} went to the {} voters of the roll, plainly, before the opening.",
            self.total, self.voters
        )?;
        match self.register {
            true => writeln!(f, "Every weight is the one in the register."),
            false => writeln!(f, "Compare each weight with what is due (--register compares with a table)."),
        }
    }
}
