//! The application `account`: balances on Ristretto. Spec § 5.2.
//!
//! No balance is ever below 0: what arrives was proved to be below 2^64 by the circuit of the transfer it left a pool by, or by
//! a range proof, and whatever leaves comes with a range proof of the rest. That nothing enters a pool without having left
//! it rests on these proofs, wherever amounts are hidden.

use std::collections::{BTreeMap, BTreeSet};

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use tabella_protocol::{
    account::{
        self, AccountAction, AccountId, AccountProof, Amount, DepositId, MAX_ACCEPTED_DEPOSITS, OpenAccount,
        OpeningProof, OpeningStatement, ReturnTo, owner_message, range_statement,
    },
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use thiserror::Error;

use crate::{
    application::{Application, Place, UseError, signed_by},
    range::RangeObligation,
    sigma::Equation,
};

/// Why an action on an account is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// Signature, bridge, openings or range proof are missing or superfluous.
    #[error("the action comes with exactly the signature and proofs that it needs: {0}")]
    Proof(&'static str),
    /// An application has stopped the asset: no balance of it changes.
    #[error("an application refuses whatever moves the asset of account {0}")]
    Frozen(AccountId),
    /// Not signed by whom it must be.
    #[error("the signature is not that of the key that this action needs")]
    Signature,
    /// Opened before.
    #[error("account {0} is open already")]
    Exists(AccountId),
    /// An account that does not exist.
    #[error("there is no account {0}")]
    UnknownAccount(AccountId),
    /// An asset that was never issued.
    #[error("there is no such asset on this ledger")]
    UnknownAsset,
    /// Two accounts of different assets.
    #[error("account {0} is of another asset")]
    Asset(AccountId),
    /// Another version.
    #[error("the account's version is {expected}, and the action is for version {found}")]
    Version {
        /// Of the account.
        expected: u64,
        /// In the action.
        found: u64,
    },
    /// A deadline that has passed.
    #[error("a deposit's deadline is after the block's time")]
    Deadline,
    /// No deposit, or too many.
    #[error("1 to {MAX_ACCEPTED_DEPOSITS} deposits are accepted at once")]
    Count,
    /// A deposit that does not wait for this account.
    #[error("deposit {0} does not wait here")]
    UnknownDeposit(DepositId),
    /// Accepted from the deadline on.
    #[error("it is too late to accept deposit {0}: it goes back")]
    TooLate(DepositId),
    /// Returned before the deadline.
    #[error("deposit {0} can still be accepted")]
    TooEarly(DepositId),
    /// A deposit that came back is returned.
    #[error("deposit {0} has nowhere to go back to")]
    NoReturn(DepositId),
    /// A payment of nothing.
    #[error("an amount is at least 1")]
    Zero,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it was opened as.
    pub opening: OpenAccount,
    /// How often its balance has changed.
    pub version: u64,
    /// The balance.
    pub balance: Element,
}

/// Value that waits for the owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Whose.
    pub account: AccountId,
    /// How much.
    pub amount: Amount,
    /// Until when it is accepted, and where it goes then; none of what came back.
    pub until: Option<(Timestamp, ReturnTo)>,
}

/// The accounts of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    accounts: BTreeMap<AccountId, Account>,
    deposits: BTreeMap<DepositId, Deposit>,
    waiting: BTreeSet<(AccountId, DepositId)>,
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct AccountChanges {
    accounts: BTreeMap<AccountId, Account>,
    /// `None` of deposits that are there no longer.
    deposits: BTreeMap<DepositId, Option<Deposit>>,
}

impl Accounts {
    /// An account.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// A deposit that waits.
    #[must_use]
    pub fn deposit(&self, id: &DepositId) -> Option<&Deposit> {
        self.deposits.get(id)
    }

    /// The deposits that wait for an account.
    pub fn waiting(&self, account: AccountId) -> impl Iterator<Item = (DepositId, &Deposit)> {
        let all = (account, DepositId([0; 32]))..=(account, DepositId([0xff; 32]));
        self.waiting.range(all).filter_map(|(_, id)| Some((*id, self.deposits.get(id)?)))
    }
}

impl Application for Accounts {
    const ID: ApplicationId = account::APPLICATION;
    type Body = AccountAction;
    type Proof = AccountProof;
    type Changes = AccountChanges;
    type Error = AccountRejection;

    fn check(
        &self,
        changes: &mut AccountChanges,
        action: AccountAction,
        proof: AccountProof,
        place: &mut Place<'_>,
    ) -> Result<(), AccountRejection> {
        Check { state: self, changes, proof: Given::new(proof), place }.action(action)
    }

    fn execute(&mut self, changes: AccountChanges) {
        self.accounts.extend(changes.accounts);
        for (id, deposit) in changes.deposits {
            if let Some(before) = self.deposits.remove(&id) {
                self.waiting.remove(&(before.account, id));
            }
            if let Some(deposit) = deposit {
                self.waiting.insert((deposit.account, id));
                self.deposits.insert(id, deposit);
            }
        }
    }
}

/// The parts of a proof; each is taken once, and none may be left.
struct Given(AccountProof);

impl Given {
    const fn new(proof: AccountProof) -> Self {
        Self(proof)
    }

    fn signature(&mut self) -> Result<SignatureBytes, AccountRejection> {
        self.0.signature.take().ok_or(AccountRejection::Proof("there is no signature"))
    }

    /// Whether nothing is left.
    fn finish(&self) -> Result<(), AccountRejection> {
        if self.0 == AccountProof::default() {
            Ok(())
        } else {
            Err(AccountRejection::Proof("there is a part that it does not need"))
        }
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Accounts,
    changes: &'a mut AccountChanges,
    proof: Given,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn action(mut self, action: AccountAction) -> Result<(), AccountRejection> {
        match action {
            AccountAction::Open(opening) => self.open(opening)?,
            AccountAction::Deposit { account, transfer, amount, sealed: _, return_to, deadline } => {
                let asset = self.account(&account)?.opening.asset;
                if let ReturnTo::Account(payer) = &return_to {
                    self.account_of(payer, asset)?;
                }
                self.check_deadline(deadline)?;
                self.use_transfer(transfer, Mode::Exit, asset, amount)?;
                self.deposit(Deposit { account, amount, until: Some((deadline, return_to)) });
            }
            AccountAction::Accept { account, version, deposits } => self.accept(account, version, &deposits)?,
            AccountAction::Return { deposit, transfer } => self.give_back(deposit, transfer)?,
            AccountAction::Withdraw { account, version, transfer, amount, sealed: _ } => {
                let mut from = self.owned(&account, version)?;
                self.use_transfer(transfer, Mode::Entry, from.opening.asset, amount)?;
                self.take(account, &mut from, amount, Vec::new())?;
            }
            AccountAction::Pay { account, version, to, amount, sealed: _, deadline } => {
                let mut from = self.owned(&account, version)?;
                self.account_of(&to, from.opening.asset)?;
                self.check_deadline(deadline)?;
                // No circuit has bounded a hidden amount that never was in a pool.
                let bounded = match amount {
                    Amount::Public(NoteValue(0)) => return Err(AccountRejection::Zero),
                    Amount::Public(_) => Vec::new(),
                    Amount::Hidden(commitment) => vec![commitment],
                };
                self.take(account, &mut from, amount, bounded)?;
                self.deposit(Deposit { account: to, amount, until: Some((deadline, ReturnTo::Account(account))) });
            }
        }
        self.proof.finish()
    }

    fn open(&mut self, opening: OpenAccount) -> Result<(), AccountRejection> {
        let id = opening.id(self.place.ledger());
        if self.account(&id).is_ok() {
            return Err(AccountRejection::Exists(id));
        }
        if self.place.class_of(&opening.asset).is_none() {
            return Err(AccountRejection::UnknownAsset);
        }
        self.check_signature(&opening.owner)?;
        let balance = Element::new(RistrettoPoint::identity());
        self.changes.accounts.insert(id, Account { opening, version: 0, balance });
        Ok(())
    }

    fn accept(&mut self, id: AccountId, version: u64, deposits: &[DepositId]) -> Result<(), AccountRejection> {
        if deposits.is_empty() || deposits.len() > MAX_ACCEPTED_DEPOSITS {
            return Err(AccountRejection::Count);
        }
        let mut owned = self.owned(&id, version)?;
        let mut openings = std::mem::take(&mut self.proof.0.openings).into_iter();
        let mut balance = *owned.balance.point();
        for deposit in deposits {
            let waiting = self.waiting(deposit).filter(|waiting| waiting.account == id);
            let Deposit { amount, until, .. } = waiting.ok_or(AccountRejection::UnknownDeposit(*deposit))?;
            if until.is_some_and(|(deadline, _)| self.place.time() >= deadline) {
                return Err(AccountRejection::TooLate(*deposit));
            }
            if let Amount::Hidden(commitment) = amount {
                let proof = openings.next().ok_or(AccountRejection::Proof("an opening is missing"))?;
                self.push_opening(&OpeningStatement { account: id, deposit: *deposit, commitment }, &proof);
            }
            balance += amount.commitment().point();
            self.changes.deposits.insert(*deposit, None);
        }
        if openings.next().is_some() {
            return Err(AccountRejection::Proof("there are more openings than hidden deposits"));
        }
        owned.balance = balance.into();
        self.put(id, owned);
        Ok(())
    }

    fn give_back(&mut self, id: DepositId, transfer: Option<u32>) -> Result<(), AccountRejection> {
        let deposit = self.waiting(&id).ok_or(AccountRejection::UnknownDeposit(id))?;
        let (deadline, return_to) = deposit.until.ok_or(AccountRejection::NoReturn(id))?;
        if self.place.time() < deadline {
            return Err(AccountRejection::TooEarly(id));
        }
        match (return_to, transfer) {
            (ReturnTo::Account(payer), None) => {
                let back = Deposit { account: payer, amount: deposit.amount, until: None };
                self.changes.deposits.insert(id, Some(back));
                Ok(())
            }
            (ReturnTo::Key(key), Some(transfer)) => {
                let asset = self.account(&deposit.account)?.opening.asset;
                self.check_signature(&key)?;
                self.use_transfer(transfer, Mode::Entry, asset, deposit.amount)?;
                self.changes.deposits.insert(id, None);
                Ok(())
            }
            (ReturnTo::Account(_), Some(_)) => Err(AccountRejection::Proof("it goes to an account by no transfer")),
            (ReturnTo::Key(_), None) => Err(AccountRejection::Proof("it goes into the pool by a transfer")),
        }
    }

    /// Takes an amount from a balance: what remains, and each of `bounded`, is shown to be below 2^64.
    fn take(
        &mut self,
        id: AccountId,
        from: &mut Account,
        amount: Amount,
        mut bounded: Vec<Element>,
    ) -> Result<(), AccountRejection> {
        let proof = self.proof.0.range.take().ok_or(AccountRejection::Proof("there is no range proof"))?;
        from.balance = (from.balance.point() - amount.commitment().point()).into();
        bounded.push(from.balance);
        let statement = range_statement(id, from.version, bounded);
        self.place.push_range(RangeObligation { context: self.place.context(), statement, proof });
        self.put(id, from.clone());
        Ok(())
    }

    fn use_transfer(
        &mut self,
        transfer: u32,
        mode: Mode,
        asset: AssetId,
        amount: Amount,
    ) -> Result<(), AccountRejection> {
        match amount {
            Amount::Public(value) => self.place.use_public(transfer, mode, asset, value)?,
            Amount::Hidden(commitment) => {
                let bridge = self.proof.0.bridge.take().ok_or(AccountRejection::Proof("there is no bridge"))?;
                self.place.use_bridged(transfer, mode, asset, commitment, bridge)?
            }
        };
        Ok(())
    }

    fn push_opening(&mut self, statement: &OpeningStatement, proof: &OpeningProof) {
        let c = OpeningStatement::challenge(statement.transcript(&self.place.context()), &proof.nonce);
        self.place.push_equation(Equation {
            base: proof.value.0,
            blinding: proof.blinding.0,
            terms: vec![(-Scalar::ONE, *proof.nonce.point()), (-c, *statement.commitment.point())],
            ..Equation::default()
        });
    }

    /// An account at the version that its owner has signed for, whose balance may change.
    fn owned(&mut self, id: &AccountId, version: u64) -> Result<Account, AccountRejection> {
        let account = self.account(id)?.clone();
        if account.version != version {
            return Err(AccountRejection::Version { expected: account.version, found: version });
        }
        self.check_signature(&account.opening.owner)?;
        if self.place.is_frozen(&account.opening.asset) { Err(AccountRejection::Frozen(*id)) } else { Ok(account) }
    }

    fn check_signature(&mut self, key: &[u8; 32]) -> Result<(), AccountRejection> {
        let signature = self.proof.signature()?;
        if signed_by(key, &owner_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(AccountRejection::Signature)
        }
    }

    fn check_deadline(&self, deadline: Timestamp) -> Result<(), AccountRejection> {
        if deadline > self.place.time() { Ok(()) } else { Err(AccountRejection::Deadline) }
    }

    fn account(&self, id: &AccountId) -> Result<&Account, AccountRejection> {
        let account = self.changes.accounts.get(id).or_else(|| self.state.accounts.get(id));
        account.ok_or(AccountRejection::UnknownAccount(*id))
    }

    fn account_of(&self, id: &AccountId, asset: AssetId) -> Result<(), AccountRejection> {
        if self.account(id)?.opening.asset == asset { Ok(()) } else { Err(AccountRejection::Asset(*id)) }
    }

    fn waiting(&self, id: &DepositId) -> Option<Deposit> {
        self.changes.deposits.get(id).copied().unwrap_or_else(|| self.state.deposits.get(id).copied())
    }

    fn put(&mut self, id: AccountId, mut account: Account) {
        account.version += 1;
        self.changes.accounts.insert(id, account);
    }

    fn deposit(&mut self, deposit: Deposit) {
        let id = DepositId::derive(self.place.digest(), self.place.context().index);
        self.changes.deposits.insert(id, Some(deposit));
    }
}
