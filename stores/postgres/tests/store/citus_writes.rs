//! The tests of `writes` and `model` on Citus.

use crate::citus::Citus;
use crate::stores::On;

fn run(citus: Citus, test: impl FnOnce(On)) {
    if citus.available() {
        test(On::Citus(citus));
    }
}

macro_rules! tests {
    ($name:ident, $citus:expr) => {
        mod $name {
            use crate::citus::Citus;
            use crate::{model, writes};

            const CITUS: Citus = $citus;

            #[test]
            fn random_writes_and_queries() {
                super::run(CITUS, |on| model::run(on, 3, 700));
            }

            #[test]
            fn a_refused_document_changes_nothing() {
                super::run(CITUS, writes::refuses_what_cannot_be_kept);
            }

            #[test]
            fn the_total_is_right_under_several_writers() {
                super::run(CITUS, writes::writes_by_several);
            }

            #[test]
            fn a_replacement_is_one_step() {
                super::run(CITUS, |on| writes::lists_beside_replacements(on, 250));
            }
        }
    };
}

tests!(with_4_shards, Citus::Workers { shards: 4 });
tests!(with_32_shards, Citus::Workers { shards: 32 });
tests!(single, Citus::Single);
