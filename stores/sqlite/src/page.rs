//! The page of a listing: its slots in the order, and their documents.

use livechat_units::UnitPageBuilder;
use rusqlite::ToSql;

use crate::document::{self, Document};
use crate::error::{Fault, Problem};
use crate::lister::{Asked, Lister, STEPS};
use crate::matches::{Matches, count};
use crate::walk::Walk;

impl Lister<'_> {
    /// Adds what is asked for to the page.
    pub(crate) fn fill(&self, page: &mut UnitPageBuilder, asked: &Asked<'_>) -> Result<(), Fault> {
        let walk = Walk::of(self.connection, self.orders, asked.columns, asked.start())?;
        let slots = match (asked.matches, walk) {
            (Matches::All(_), Some(walk)) => {
                if asked.offset == 0 && self.fill_by(page, &walk, asked)? {
                    return Ok(());
                }
                self.walked(&walk, asked)?
            }
            (Matches::All(_), None) => self.sorted(asked)?,
            (Matches::Some(found), walk) => {
                let met = match walk {
                    Some(walk) if self.walks(found.len(), asked)? => self.met(&walk, asked)?,
                    _ => None,
                };
                match met {
                    Some(slots) => slots,
                    None => self.sorted_of(found, asked)?,
                }
            }
        };
        self.documents(&slots, |document| document.push_to(page))
    }

    /// Adds the documents that a walk begins with, without their slots in between.
    /// Whether its statements can do that.
    fn fill_by(
        &self,
        page: &mut UnitPageBuilder,
        walk: &Walk,
        asked: &Asked<'_>,
    ) -> Result<bool, Fault> {
        let mut left = asked.limit;
        for part in &walk.parts {
            let Some(documents) = part.documents() else {
                return Ok(false);
            };
            if left == 0 {
                break;
            }
            let sql = format!("{documents} LIMIT ?{}", part.values + 1);
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(&*asked.values(part.values, &[&left]))?;
            let mut found = 0;
            while let Some(row) = rows.next()? {
                Document::of_row(row)?.push_to(page)?;
                found += 1;
            }
            left -= found;
        }
        Ok(true)
    }

    /// The slots of the page by a walk through all units.
    fn walked(&self, walk: &Walk, asked: &Asked<'_>) -> Result<Vec<i64>, Fault> {
        match walk.parts.as_slice() {
            // SQLite itself skips faster.
            [all] => {
                let (limit, offset) = (all.values + 1, all.values + 2);
                let sql = format!("{} LIMIT ?{limit} OFFSET ?{offset}", all.slots());
                let others: [&dyn ToSql; 2] = [&asked.limit, &asked.offset];
                self.slots(&sql, &asked.values(all.values, &others))
            }
            _ => match self.met(walk, asked)? {
                Some(slots) => Ok(slots),
                None => self.sorted(asked),
            },
        }
    }

    /// Whether walking the order until the page is full takes less than reading and
    /// sorting all of so many matches.
    fn walks(&self, matches: usize, asked: &Asked<'_>) -> Result<bool, Fault> {
        let as_number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let needed = as_number(asked.offset.saturating_add(asked.limit));
        let matches = as_number(matches);
        let steps = needed.saturating_mul(count(self.connection)?) / matches.max(1);
        Ok(steps < matches.saturating_mul(STEPS))
    }

    /// The slots of the page by a walk that passes over what does not match. `None` when
    /// it has taken as long as sorting the matches would take, since they do not lie where
    /// it began.
    fn met(&self, walk: &Walk, asked: &Asked<'_>) -> Result<Option<Vec<i64>>, Fault> {
        let mut steps = asked.matches.total().saturating_mul(STEPS);
        let mut slots = Vec::new();
        let mut skip = asked.offset;
        for part in &walk.parts {
            if slots.len() == asked.limit {
                break;
            }
            let mut statement = self.connection.prepare_cached(&part.slots())?;
            let mut rows = statement.query(&*asked.values(part.values, &[]))?;
            while slots.len() < asked.limit
                && let Some(row) = rows.next()?
            {
                let Some(left) = steps.checked_sub(1) else {
                    return Ok(None);
                };
                steps = left;
                let slot = row.get(0)?;
                if !asked.matches.contains(slot) {
                    continue;
                }
                match skip.checked_sub(1) {
                    Some(left) => skip = left,
                    None => slots.push(slot),
                }
            }
        }
        Ok(Some(slots))
    }

    pub(crate) fn slots(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<i64>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut slots = Vec::new();
        while let Some(row) = rows.next()? {
            slots.push(row.get(0)?);
        }
        Ok(slots)
    }

    /// Takes the documents of these slots.
    pub(crate) fn documents(
        &self,
        slots: &[i64],
        mut take: impl FnMut(Document<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let sql = format!("SELECT {} FROM document WHERE slot = ?1", document::COLUMNS);
        let mut statement = self.connection.prepare_cached(&sql)?;
        for &slot in slots {
            let mut rows = statement.query([slot])?;
            let row = rows.next()?.ok_or(Problem::DamagedDocument { slot })?;
            take(Document::of_row(row)?)?;
        }
        Ok(())
    }
}
