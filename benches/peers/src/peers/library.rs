//! livechat-units: its indexed store, and its reference over a vector.

use livechat_units::{
    Caller, Endpoint, MemoryStore, Pending, Permission, PreparedUpsert, SortSpec, Unit, UnitStore,
    User,
};
use livechat_units_testkit::naive::Order;

use crate::peer::Peer;
use crate::request::Request;

pub(crate) struct Memory(MemoryStore);

/// A document on its way into a [`MemoryStore`].
pub(crate) enum Change {
    Read(Unit),
    Prepared(PreparedUpsert),
}

pub(crate) struct Reference(Vec<Unit>);

impl Peer for Memory {
    type Query = Pending;
    type Document = Change;

    fn load(lines: &str) -> Self {
        let mut store = MemoryStore::with_orders([declared()]);
        let _ = store.replace_all(units(lines));
        Self(store)
    }

    fn load_undeclared(lines: &str) -> Option<Self> {
        Some(Self(units(lines).collect()))
    }

    fn query(request: Request) -> Pending {
        pending(request)
    }

    fn answer(&self, query: Pending) -> Vec<u8> {
        answer(&self.0, query)
    }

    fn document(line: &str) -> Change {
        Change::Read(unit(line))
    }

    fn prepare_upsert(&self, document: Change) -> Change {
        match document {
            Change::Read(unit) => Change::Prepared(self.0.prepare(unit)),
            prepared @ Change::Prepared(_) => prepared,
        }
    }

    fn upsert(&mut self, document: Change) {
        match document {
            Change::Read(unit) => self.0.upsert(unit),
            Change::Prepared(prepared) => self.0.apply(prepared),
        };
    }

    fn parts(&self) -> Vec<(&'static str, f64)> {
        let number = |count: usize| f64::from(u32::try_from(count).expect("less than 4 GiB"));
        let units = number(self.0.len()).max(1.0);
        let parts = self.0.internal_bytes().into_iter();
        parts
            .map(|(part, bytes)| (part, number(bytes) / units))
            .collect()
    }
}

impl Peer for Reference {
    type Query = Pending;
    type Document = Unit;

    fn load(lines: &str) -> Self {
        Self(units(lines).collect())
    }

    fn query(request: Request) -> Pending {
        pending(request)
    }

    fn answer(&self, query: Pending) -> Vec<u8> {
        answer(&self.0, query)
    }

    fn document(line: &str) -> Unit {
        unit(line)
    }

    fn upsert(&mut self, document: Unit) {
        match self.0.iter_mut().find(|unit| unit.id() == document.id()) {
            Some(unit) => *unit = document,
            None => self.0.push(document),
        }
    }
}

/// The work after the query string was parsed.
pub(super) fn answer(store: &impl UnitStore, pending: Pending) -> Vec<u8> {
    let page = store.list(pending.query());
    pending.finish(page).into_body().into_bytes()
}

pub(super) fn pending(request: Request) -> Pending {
    let permission = Permission::MANAGE_LIVECHAT_UNITS;
    let caller = Caller::from(User::new().with_permission(permission));
    let pending = Endpoint::default().begin(&caller, &request.query_string());
    pending.expect("a request without mistakes")
}

/// The order of W7, which stores declare.
pub(super) fn declared() -> SortSpec {
    let declared = Order::VisibilityMonitorsName.as_json().parse();
    declared.expect("an order of known fields")
}

pub(super) fn units(lines: &str) -> impl Iterator<Item = Unit> {
    lines.lines().map(unit)
}

pub(super) fn unit(line: &str) -> Unit {
    Unit::from_json(line).expect("a line is a document")
}
