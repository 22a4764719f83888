//! The code of a competent developer: a vector in the order of names, one column of folded
//! names that `memmem` searches, selection for any other order.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use livechat_units_testkit::naive::Order;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use crate::peer::{Peer, tail};
use crate::request::{PAGE, Request};

#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    #[serde(rename = "_id")]
    id: String,
    name: String,
    visibility: String,
    r#type: String,
    #[serde(rename = "numMonitors")]
    num_monitors: i64,
    #[serde(rename = "numDepartments")]
    num_departments: i64,
    /// Dates in this form sort correctly as texts.
    #[serde(rename = "_updatedAt")]
    updated_at: String,
}

/// Each document has a slot. Slots of the load are in the order of names. A later write gets
/// a new slot at the end, and the old slot is left empty.
pub(crate) struct VecPlus {
    documents: Vec<Option<Document>>,
    /// The slot of each id. The first write fills the table: no listing needs it.
    slots: HashMap<String, u32>,
    by_name: Vec<u32>,
    /// The folded name of each slot, one line each. The line of an empty slot is blank.
    column: Vec<u8>,
    /// The byte where the line of each slot begins.
    lines: Vec<usize>,
    /// The number of slots of the load, which are in the order of names.
    loaded: usize,
}

#[derive(Clone)]
pub(crate) struct Query {
    /// Shared, because a cloned searcher would allocate its text again.
    text: Option<Arc<Finder<'static>>>,
    order: Order,
    offset: usize,
}

impl Peer for VecPlus {
    type Query = Query;
    type Document = Document;

    fn load(lines: &str) -> Self {
        let mut documents: Vec<Document> = lines.lines().map(Self::document).collect();
        documents.sort_by(|a, b| compare(Order::Name, a, b));
        let mut loaded = Self {
            documents: Vec::with_capacity(documents.len()),
            slots: HashMap::new(),
            by_name: Vec::with_capacity(documents.len()),
            column: Vec::new(),
            lines: Vec::with_capacity(documents.len()),
            loaded: documents.len(),
        };
        for document in documents {
            let slot = loaded.push(document);
            loaded.by_name.push(slot);
        }
        loaded
    }

    fn query(request: Request) -> Query {
        let finder = |text: &str| Finder::new(&text.to_lowercase()).into_owned();
        Query {
            text: request.text.map(finder).map(Arc::new),
            order: request.order,
            offset: request.offset,
        }
    }

    fn answer(&self, query: Query) -> Vec<u8> {
        let Query {
            text,
            order,
            offset,
        } = query;
        match (text, order) {
            (None, Order::Name) => self.body(&self.by_name, offset),
            (None, order) => self.select(self.by_name.clone(), order, offset),
            (Some(text), Order::Name) => self.body(&self.matches(&text), offset),
            (Some(text), order) => self.select(self.matches(&text), order, offset),
        }
    }

    fn document(line: &str) -> Document {
        serde_json::from_str(line).expect("a line is a document")
    }

    fn upsert(&mut self, document: Document) {
        if self.slots.is_empty() {
            let documents = (0..).zip(self.documents.iter().flatten());
            self.slots
                .extend(documents.map(|(slot, document)| (document.id.clone(), slot)));
        }
        if let Some(&old) = self.slots.get(&document.id) {
            let place = self.place_by_name(self.at(old));
            self.by_name.remove(place);
            self.documents[index(old)] = None;
            let rest = &mut self.column[self.lines[index(old)]..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            rest[..end.expect("every line ends")].fill(0);
        }
        let place = self.place_by_name(&document);
        let id = document.id.clone();
        let slot = self.push(document);
        self.slots.insert(id, slot);
        self.by_name.insert(place, slot);
    }
}

impl VecPlus {
    fn push(&mut self, document: Document) -> u32 {
        let slot = u32::try_from(self.documents.len()).expect("fewer than 2^32 documents");
        self.lines.push(self.column.len());
        self.column.extend(document.name.to_lowercase().bytes());
        self.column.push(b'\n');
        self.documents.push(Some(document));
        slot
    }

    fn at(&self, slot: u32) -> &Document {
        let document = self.documents[index(slot)].as_ref();
        document.expect("a slot in use")
    }

    /// The position of a document in the order of names.
    fn place_by_name(&self, document: &Document) -> usize {
        let before = |slot: &u32| compare(Order::Name, self.at(*slot), document).is_lt();
        self.by_name.partition_point(before)
    }

    /// The slots whose names match, in the order of names.
    fn matches(&self, text: &Finder<'_>) -> Vec<u32> {
        let mut slots = Vec::new();
        let mut late = Vec::new();
        let (mut slot, mut from) = (0, 0);
        while let Some(found) = text.find(&self.column[from..]) {
            let found = from + found;
            while self.lines.get(slot + 1).is_some_and(|line| *line <= found) {
                slot += 1;
            }
            let matching = u32::try_from(slot).expect("fewer than 2^32 documents");
            if slot < self.loaded {
                slots.push(matching);
            } else {
                late.push(matching);
            }
            let Some(next) = self.lines.get(slot + 1) else {
                break;
            };
            from = *next;
        }
        // The writes since the load, which are few.
        for slot in late {
            let document = self.at(slot);
            let before = |slot: &u32| compare(Order::Name, self.at(*slot), document).is_lt();
            slots.insert(slots.partition_point(before), slot);
        }
        slots
    }

    fn select(&self, mut slots: Vec<u32>, order: Order, offset: usize) -> Vec<u8> {
        let compare = |a: &u32, b: &u32| compare(order, self.at(*a), self.at(*b));
        let total = slots.len();
        let (start, end) = (offset.min(total), (offset + PAGE).min(total));
        if end < total {
            slots.select_nth_unstable_by(end, compare);
            slots.truncate(end);
        }
        if 0 < start && start < end {
            slots.select_nth_unstable_by(start, compare);
        }
        slots[start..].sort_unstable_by(compare);
        self.write(&slots[start..], offset, total)
    }

    fn body(&self, matches: &[u32], offset: usize) -> Vec<u8> {
        let rest = matches.get(offset..).unwrap_or_default();
        self.write(&rest[..rest.len().min(PAGE)], offset, matches.len())
    }

    fn write(&self, page: &[u32], offset: usize, total: usize) -> Vec<u8> {
        let mut body = br#"{"units":["#.to_vec();
        for (place, slot) in page.iter().enumerate() {
            if place > 0 {
                body.push(b',');
            }
            serde_json::to_writer(&mut body, self.at(*slot)).expect("a document can be written");
        }
        body.extend_from_slice(tail(page.len(), offset, total).as_bytes());
        body
    }
}

/// Ties are broken by id, in the direction of the last field.
fn compare(order: Order, a: &Document, b: &Document) -> Ordering {
    match order {
        Order::Name => (&a.name, &a.id).cmp(&(&b.name, &b.id)),
        Order::NewestFirst => (&b.updated_at, &b.id).cmp(&(&a.updated_at, &a.id)),
        Order::MostMonitorsFirst => (b.num_monitors, &b.id).cmp(&(a.num_monitors, &a.id)),
        Order::VisibilityMonitorsName => (a.visibility.cmp(&b.visibility))
            .then_with(|| b.num_monitors.cmp(&a.num_monitors))
            .then_with(|| compare(Order::Name, a, b)),
    }
}

fn index(slot: u32) -> usize {
    usize::try_from(slot).expect("an address has at least 32 bits")
}
