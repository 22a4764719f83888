//! What a store keeps of documents, if that is not all of them.

use livechat_units::Unit;

#[derive(Clone, Copy, Default)]
pub(crate) struct Projection(Option<fn(&Unit) -> Unit>);

impl Projection {
    pub(crate) fn new(project: fn(&Unit) -> Unit) -> Self {
        Self(Some(project))
    }

    /// What the store keeps of these documents; `None` for all of them. A document that is no unit
    /// is as it was, because it is never listed.
    ///
    /// # Panics
    /// If the projection does not keep the `_id`, or makes no unit.
    pub(crate) fn of(self, documents: &[Unit]) -> Option<Vec<Unit>> {
        let project = self.0?;
        let project = |document: &Unit| {
            if !document.is_unit() {
                return document.clone();
            }
            let kept = project(document);
            assert!(
                kept.id() == document.id() && kept.is_unit(),
                "a projection keeps the `_id` and the `type` of a unit: {document} became {kept}"
            );
            kept
        };
        Some(documents.iter().map(project).collect())
    }

    /// The documents of the reference.
    pub(crate) fn kept(self, documents: Vec<Unit>) -> Vec<Unit> {
        self.of(&documents).unwrap_or(documents)
    }
}
