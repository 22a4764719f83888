//! What both mirrors need.

use std::time::{Duration, Instant};

use livechat_units_mirror::Mirror;

/// How long a mirror may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// Waits for the first state. Returns the seconds.
pub(super) fn ready(mirror: &Mirror) -> f64 {
    let began = Instant::now();
    let ready = mirror.ready_within(PATIENCE);
    ready.expect("the database can be read");
    began.elapsed().as_secs_f64()
}
