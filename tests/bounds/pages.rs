//! Offsets, limits and totals near the ends of 64 bits, and a large unlimited page.

use livechat_units::{
    Caller, Chunks, Cursor, Endpoint, Limit, MemoryStore, Page, PagePolicy, Permission, Unit,
    UnitPage, UnitQuery, UnitStore, User,
};
use livechat_units_testkit::allocations::during;
use proptest::prelude::*;

use crate::unit;

/// Numbers near the limits of integer types and of the integers of a double.
pub(crate) fn edge() -> impl Strategy<Value = u64> {
    let edges = vec![0, 1 << 31, 1 << 32, 1 << 53, 1 << 63, u64::MAX];
    (prop::sample::select(edges), 0..5_u64, any::<bool>()).prop_map(|(edge, by, up)| {
        if up {
            edge.saturating_add(by)
        } else {
            edge.saturating_sub(by)
        }
    })
}

fn limit() -> impl Strategy<Value = Limit> {
    edge().prop_map(|count| Limit::at_most(count).unwrap_or(Limit::Unlimited))
}

proptest! {
    #[test]
    fn ranges_agree_with_128_bit_arithmetic(offset in edge(), limit in limit(), total in edge()) {
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let wide = u128::try_from(total).unwrap();
        let start = u128::from(offset).min(wide);
        let end = match limit {
            Limit::AtMost(count) => (u128::from(offset) + u128::from(count.get())).min(wide),
            Limit::Unlimited => wide,
        };
        let range = Page::new(offset, limit).range(total);
        prop_assert_eq!(u128::try_from(range.start).unwrap(), start);
        prop_assert_eq!(u128::try_from(range.end).unwrap(), end);
    }

    #[test]
    fn stores_agree_on_any_page(offset in edge(), limit in limit(), after in prop::option::of(0..5_usize)) {
        let units: Vec<Unit> = (0..5).map(|id| unit(&format!("{id}"), "x", "1")).collect();
        let store: MemoryStore = units.iter().cloned().collect();
        let mut query = UnitQuery::default();
        if let Some(after) = after.and_then(|after| units.get(after)) {
            query = query.clone().with_cursor(Cursor::new(query.sort(), after).unwrap());
        }
        let query = query.with_page(Page::new(offset, limit));
        let (page, expected) = (store.list(&query).unwrap(), units.list(&query).unwrap());
        prop_assert!(page == expected);
        prop_assert_eq!(page.offset(), offset);
        prop_assert_eq!(page.total(), 5);
    }

    #[test]
    fn any_settings_give_a_valid_limit(default in edge(), most in edge(), count in edge()) {
        let signed = |setting: u64| i64::from_le_bytes(setting.to_le_bytes());
        let policy = PagePolicy::default()
            .with_default_count(signed(default))
            .with_max_count(signed(most));
        let most = u64::try_from(signed(most)).ok().filter(|most| *most > 0).unwrap_or(100);
        let default = u64::try_from(signed(default)).ok().filter(|count| *count > 0).unwrap_or(50);
        prop_assert_eq!(Some(policy.limit(None)), Limit::at_most(default.min(most)));
        let expected = Limit::at_most(count.min(most)).unwrap_or(Limit::Unlimited);
        prop_assert_eq!(policy.limit(Some(count)), expected);
    }

    #[test]
    fn any_total_is_written_to_the_body(total in edge(), offset in 0..=Page::MAX_REQUESTED) {
        /// A store without units whose pages have this total.
        struct FixedTotal(u64);
        impl UnitStore for FixedTotal {
            fn list(&self, query: &UnitQuery) -> Result<UnitPage, livechat_units::StoreError> {
                Ok(UnitPage::new(Vec::new(), query.page(), self.0))
            }
        }
        let response = Endpoint::default().handle(&FixedTotal(total), &manager(), &format!("offset={offset}"));
        let body = String::from_utf8(response.into_body().into_bytes()).unwrap();
        let expected = format!(r#"{{"units":[],"count":0,"offset":{offset},"total":{total},"success":true}}"#);
        prop_assert_eq!(body, expected);
    }
}

fn manager() -> Caller {
    User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into()
}

/// The store joins the body once, and the chunks keep to the documented bound.
#[test]
fn an_unlimited_page_is_joined_once() {
    const UNITS: usize = 20_000;
    let units: Vec<Unit> = (0..UNITS)
        .map(|id| unit(&format!("{id:06}"), "name", "\"Sales Unit\""))
        .collect();
    let longest = units[0].as_json().len();
    let store: MemoryStore = units.iter().cloned().collect();
    let pending = Endpoint::default().begin(&manager(), "count=0").unwrap();
    let (allocated, page) = during(|| store.list(pending.query()).unwrap());
    let again = page.clone();
    let (finished, body) = during(|| pending.clone().finish(Ok(page)).into_body());
    let bytes = body.len();
    let (joined, whole) = during(|| body.into_bytes());
    assert_eq!(whole.len(), bytes);
    // The JSON, and two numbers of 8 bytes a unit: its slot and the end of its JSON.
    let most = bytes + 16 * UNITS + 4_096;
    assert!(allocated.bytes <= most, "{allocated:?} for {bytes}");
    assert!(finished.bytes <= 4_096, "{finished:?}");
    assert_eq!(joined.bytes, 0);

    let (mut sent, mut largest) = (0, 0);
    for chunk in pending.finish(Ok(again)).into_body().into_chunks() {
        sent += chunk.len();
        largest = largest.max(chunk.len());
    }
    assert_eq!(sent, bytes);
    assert!(largest <= Chunks::TARGET_BYTES + longest + 1, "{largest}");
}
