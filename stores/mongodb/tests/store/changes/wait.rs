//! The feed over a server: waits, and futures that are dropped.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use mongodb::bson::doc;

use super::over_server;
use crate::server::RUNTIME;

#[test]
fn a_wait_ends_with_an_event() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        let began = Instant::now();
        reader.feed.wait(Duration::from_millis(300)).await;
        assert!(
            began.elapsed() >= Duration::from_millis(300),
            "there is no event"
        );

        for n in 0..3 {
            // The events of a call are none for the next wait.
            let update = doc! { "$set": { "n": n } };
            collection
                .update_one(doc! { "_id": "a" }, update.clone())
                .await
                .unwrap();
            reader.read_changes().await;

            let began = Instant::now();
            let write = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                collection
                    .update_one(doc! { "_id": "b" }, update)
                    .await
                    .unwrap();
            };
            tokio::join!(reader.feed.wait(Duration::from_secs(30)), write);
            assert!(began.elapsed() < Duration::from_secs(20));
            reader.read_changes().await;
        }
    });
}

/// Polls a future at most this often, and drops it then.
async fn poll_times<T>(future: impl Future<Output = T>, times: u32) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..times {
        let poll = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(output) = poll {
            return Some(output);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    None
}

#[test]
fn a_dropped_future_loses_no_change() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        let mut dropped = 0;
        for times in 0..60_u32 {
            let id = format!("{}", times % 7);
            let update = doc! { "$set": { "type": "u", "n": times } };
            let update = collection
                .update_one(doc! { "_id": id }, update)
                .upsert(true);
            update.await.unwrap();
            match poll_times(reader.feed.changes(), times / 2).await {
                Some(changes) => drop(reader.copy.apply(changes.unwrap())),
                None => dropped += 1,
            }
            poll_times(reader.feed.wait(Duration::from_secs(9)), 3).await;
            if times % 5 == 0 {
                reader.read_changes().await;
            }
        }
        reader.read_changes().await;
        assert!(dropped > 5, "{dropped}");
    });
}
