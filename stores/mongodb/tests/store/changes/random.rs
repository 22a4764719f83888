//! The feed over a cluster: random writes and faults at every moment of a call.

use std::time::{Duration, Instant};

use livechat_units_testkit::effort;
use livechat_units_testkit::mongodb::cluster::{Cluster, Model};
use livechat_units_testkit::random::Random;
use mongodb::bson::{Document, doc};

use super::reader::{MEMBER, Reader, shards_advance, source};
use crate::scripted::{Reply, Role};

/// Writes at every moment of a call, and faults. Every state is one that the collection had, is
/// not older than the call, and they are in their order.
#[test]
fn random_writes_and_faults() {
    let rounds = effort::choose("calls of a feed between faults", 40, 700);
    for (seed, role) in [(1, MEMBER), (2, Role::Router)] {
        let cluster = Cluster::new(role);
        let mut random = Random(seed);
        cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
            write_randomly(model, command, &mut random);
        }));
        let mut reader = Reader::new(&cluster);
        let (mut at, mut failed) = (0, 0);
        for _ in 0..rounds {
            let start = cluster.model().last;
            let began = Instant::now();
            if let Err(error) = reader.read() {
                assert!(error.is_transient(), "{}", source(&error));
                failed += 1;
            } else {
                let model = cluster.model();
                let mut times = start.max(at)..=model.last;
                let time = times.find(|time| model.state_at(*time) == reader.state);
                at = time.unwrap_or_else(|| panic!("no state from {start} on: {:?}", reader.state));
            }
            assert!(began.elapsed() < Duration::from_secs(30));
        }
        assert!(failed < rounds / 2, "{failed}");
        let mut model = cluster.model();
        model.hook = None;
        model.faults.clear();
        model.is_majority_reached = true;
        model.shown = model.last;
        drop(model);
        if role == Role::Router {
            shards_advance(&cluster);
        }
        while reader.read().is_err() {}
        assert_eq!(reader.state, cluster.state());
    }
}

fn write_randomly(model: &mut Model, command: &Document, random: &mut Random) {
    for _ in 0..random.below(3) {
        let n = i64::from(model.last);
        let id = ["a", "b", "c", "d", "e", "f"][random.below(6)];
        match random.below(8) {
            0 => model.remove(id),
            1 => model.write("update", id.into(), Some(doc! { "type": "d", "n": n })),
            2 => model.transact(&[("a", n), (id, n), ("c", n)]),
            3 => model.advance(),
            _ => model.put(id, n),
        }
    }
    model.batch_size = 1 + random.below(4);
    // A majority follows later.
    model.is_majority_reached = random.below(3) > 0;
    if model.is_majority_reached {
        model.shown = model.last;
    }
    if random.below(20) > 0 {
        return;
    }
    let name = command.keys().next().unwrap().as_str();
    let name = match name {
        "find" => "find",
        "getMore" => "getMore",
        _ => "aggregate",
    };
    match random.below(10) {
        0 => model.end(["drop", "rename", "invalidate"][random.below(3)]),
        1 => model.close_cursors(),
        2 if name != "find" => model.lost = random.below(usize::try_from(model.last).unwrap()),
        3 => model
            .faults
            .push_back((name, Reply::Error(91, "shutting down"))),
        4 if name == "getMore" => model.faults.push_back((name, Reply::Error(286, "lost"))),
        5 => model.faults.push_back((name, Reply::Close)),
        _ => model
            .faults
            .push_back(("getMore", Reply::Error(237, "killed"))),
    }
}
