//! Applications of any type side by side: everything that depends on their types happens here.

use std::{any::Any, collections::BTreeMap, fmt};

use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, Guard, Timestamp},
    transaction::ApplicationId,
};

use super::{Application, ApplicationRejection, CheckError, Place};

/// An [`Application`] whose types are hidden.
pub(super) trait Erased: fmt::Debug + Send + Sync {
    fn check(
        &self,
        changes: &mut BTreeMap<ApplicationId, Box<dyn Any + Send>>,
        body: &[u8],
        proof: &[u8],
        place: &mut Place<'_>,
    ) -> Result<(), CheckError>;
    fn execute(&mut self, changes: Box<dyn Any + Send>);
    fn open_guard(&self, guard: &Guard, now: Timestamp) -> Option<[u8; 32]>;
    fn class_of(&self, asset: &AssetId) -> Option<AssetClass>;
    fn freezes(&self, asset: &AssetId, now: Timestamp) -> bool;
    fn governs(&self, asset: &AssetId) -> bool;
    fn boxed_clone(&self) -> Box<dyn Erased>;
    fn as_any(&self) -> &dyn Any;
}

impl<A: Application> Erased for A {
    fn check(
        &self,
        changes: &mut BTreeMap<ApplicationId, Box<dyn Any + Send>>,
        body: &[u8],
        proof: &[u8],
        place: &mut Place<'_>,
    ) -> Result<(), CheckError> {
        let body = borsh::from_slice(body).map_err(|error| CheckError::Decode(error.to_string()))?;
        let proof = borsh::from_slice(proof).map_err(|error| CheckError::Decode(format!("proof: {error}")))?;
        let changes = changes.entry(A::ID).or_insert_with(|| Box::new(A::Changes::default()));
        let changes = changes.downcast_mut().expect("only this function makes changes under this name");
        Application::check(self, changes, body, proof, place)
            .map_err(|reason| CheckError::Rule(ApplicationRejection::new(A::ID, place.action(), reason)))
    }

    fn execute(&mut self, changes: Box<dyn Any + Send>) {
        let changes = changes.downcast().expect("only `check` makes changes under this name");
        Application::execute(self, *changes);
    }

    fn open_guard(&self, guard: &Guard, now: Timestamp) -> Option<[u8; 32]> {
        Application::open_guard(self, guard, now)
    }

    fn class_of(&self, asset: &AssetId) -> Option<AssetClass> {
        Application::class_of(self, asset)
    }

    fn freezes(&self, asset: &AssetId, now: Timestamp) -> bool {
        Application::freezes(self, asset, now)
    }

    fn governs(&self, asset: &AssetId) -> bool {
        Application::governs(self, asset)
    }

    fn boxed_clone(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Clone for Box<dyn Erased> {
    fn clone(&self) -> Self {
        // Of what is in the box: a box is no `Application`.
        (**self).boxed_clone()
    }
}
