//! Mirrors of sources that tests write, and of databases.

mod basics;
mod history;
mod states;
