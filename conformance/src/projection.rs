//! An optional function from a unit to what a store keeps of it. Without the function, a store keeps
//! whole documents.

use livechat_units::Unit;

#[derive(Clone, Copy, Default)]
pub(crate) struct Projection {
    function: Option<fn(&Unit) -> Unit>,
}

impl Projection {
    pub(crate) fn new(project: fn(&Unit) -> Unit) -> Self {
        let function = Some(project);
        Self { function }
    }

    /// Each document as the store keeps it; `None` if the store keeps whole documents. A document that
    /// is not a unit is unchanged, because it is never listed.
    ///
    /// # Panics
    /// If the function changes the `_id` of a unit, or returns a document that is not a unit.
    pub(crate) fn project(self, documents: &[Unit]) -> Option<Vec<Unit>> {
        let function = self.function?;
        let keep = |document: &Unit| {
            if !document.is_unit() {
                return document.clone();
            }
            let kept = function(document);
            assert!(
                kept.id() == document.id() && kept.is_unit(),
                "a projection keeps the `_id` and the `type` of a unit: {document} became {kept}"
            );
            kept
        };
        Some(documents.iter().map(keep).collect())
    }

    /// The documents from which the reference computes the expected answers.
    pub(crate) fn expected_documents(self, documents: Vec<Unit>) -> Vec<Unit> {
        self.project(&documents).unwrap_or(documents)
    }
}
