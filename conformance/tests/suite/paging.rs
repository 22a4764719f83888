//! Stores that cut pages, or count, in a wrong way.

use livechat_units::{Limit, Page, Unit, UnitPage, UnitStore};

use crate::{answers, assert_found, to_u64};

#[test]
fn the_total_counts_the_page() {
    let fault = answers(|documents, query| {
        let units: Vec<Unit> = documents.list(query)?.units().collect();
        let total = to_u64(units.len());
        Ok(UnitPage::new(units, query.page(), total))
    });
    let by = ["page_total", "page_past_the_end", "sort_name_ascending"];
    assert_found(&fault, &by, &[]);
}

#[test]
fn the_answer_has_another_offset() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let other = Page::new(0, query.page().limit());
        Ok(UnitPage::new(page.units().collect(), other, page.total()))
    });
    assert_found(
        &fault,
        &["page_past_the_end", "page_of_one"],
        &["page_default"],
    );
}

#[test]
fn offsets_are_truncated_to_32_bits() {
    let fault = answers(|documents, query| {
        let offset = query.page().offset() & 0xFFFF_FFFF;
        let page = documents.list(
            &query
                .clone()
                .with_page(Page::new(offset, query.page().limit())),
        )?;
        Ok(UnitPage::new(
            page.units().collect(),
            query.page(),
            page.total(),
        ))
    });
    assert_found(&fault, &["page_past_the_end"], &["page_end_to_end"]);
}

#[test]
fn no_page_is_longer_than_100() {
    let fault = answers(|documents, query| {
        let limit = match query.page().limit() {
            Limit::AtMost(count) => count.get().min(100),
            Limit::Unlimited => 100,
        };
        let page = Page::new(query.page().offset(), Limit::at_most(limit).unwrap());
        documents.list(&query.clone().with_page(page))
    });
    assert_found(&fault, &["collection_of_2000"], &["page_end_to_end"]);
}
