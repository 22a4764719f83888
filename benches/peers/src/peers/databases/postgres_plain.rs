//! Plain SQL on PostgreSQL.

use std::collections::HashMap;
use std::marker::PhantomData;

use livechat_units_testkit::naive::Order;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::plain::{Dialect, Indexes, Query};
use super::postgres::{SCHEMA, Session};
use crate::peer::{Peer, body};
use crate::peers::sqlite::{Document, Sqlite};
use crate::request::{PAGE, Request};

pub(super) struct Plain<I> {
    session: Session,
    /// Prepared statements, by their text.
    prepared: HashMap<String, Statement>,
    indexes: PhantomData<I>,
}

/// `ILIKE` uses the default collation of the names, which is not the order of bytes.
const DIALECT: Dialect = Dialect {
    like: "ILIKE",
    parameter: '$',
    name: r#"name COLLATE "C""#,
};

const TABLE: &str = r#"
    CREATE TABLE unit (
        id text COLLATE "C" PRIMARY KEY,
        name text NOT NULL,
        visibility text COLLATE "C" NOT NULL,
        num_monitors bigint NOT NULL,
        num_departments bigint NOT NULL,
        updated_at timestamptz NOT NULL,
        document text NOT NULL
    );"#;

const UPSERT: &str = "
    INSERT INTO unit
    SELECT id, name, visibility, monitors, departments, updated::timestamptz, document
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
        $7::text[]) AS new (id, name, visibility, monitors, departments, updated, document)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, visibility = excluded.visibility,
        num_monitors = excluded.num_monitors, num_departments = excluded.num_departments,
        updated_at = excluded.updated_at, document = excluded.document";

/// Rows in one statement of a load.
const BATCH: usize = 1_000;

impl<I: Indexes> Peer for Plain<I> {
    type Query = Query;
    type Document = Document;

    fn load(lines: &str) -> Self {
        let mut plain = Self {
            session: Session::new(),
            prepared: HashMap::new(),
            indexes: PhantomData,
        };
        plain.session.execute(&format!(
            "CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}; {TABLE} BEGIN"
        ));
        plain.prepare(UPSERT.to_owned());
        let mut lines = lines.lines().peekable();
        while lines.peek().is_some() {
            let batch: Vec<Document> = lines.by_ref().take(BATCH).map(Self::document).collect();
            plain.store(&batch);
        }
        let indexes = I::create(&DIALECT);
        plain.session.execute(&format!("{indexes} COMMIT"));
        plain.session.settle();
        for order in [
            Order::Name,
            Order::NewestFirst,
            Order::MostMonitorsFirst,
            Order::VisibilityMonitorsName,
        ] {
            for text in [None, Some("")] {
                let offset = 0;
                let query = DIALECT.query(Request {
                    text,
                    order,
                    offset,
                });
                plain.prepare(query.count);
                plain.prepare(query.page);
            }
        }
        plain
    }

    fn query(request: Request) -> Query {
        DIALECT.query(request)
    }

    fn answer(&self, query: Query) -> Vec<u8> {
        let answered = self.session.block_on(async {
            let count: Vec<Row> = match &query.text {
                None => self.run(&query.count, &[]).await?,
                Some(text) => self.run(&query.count, &[text]).await?,
            };
            let (limit, offset) = (number(PAGE), number(query.offset));
            let page = match &query.text {
                None => self.run(&query.page, &[&limit, &offset]).await?,
                Some(text) => self.run(&query.page, &[&limit, &offset, text]).await?,
            };
            Ok::<_, Error>((count, page))
        });
        let (count, page) = answered.expect("statements without mistakes");
        let total: i64 = count[0].get(0);
        let total = usize::try_from(total).expect("a count");
        body(page.iter().map(|row| row.get(0)), query.offset, total)
    }

    fn document(line: &str) -> Document {
        Sqlite::document(line)
    }

    fn upsert(&mut self, document: Document) {
        self.store(&[document]);
    }

    fn disk_bytes(&self) -> Option<usize> {
        Some(self.session.disk_bytes())
    }
}

impl<I> Plain<I> {
    fn prepare(&mut self, sql: String) {
        let prepared = self.session.block_on(self.session.client.prepare(&sql));
        let prepared = prepared.expect("a statement without mistakes");
        self.prepared.insert(sql, prepared);
    }

    async fn run(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let client = &self.session.client;
        client.query(&self.prepared[sql], parameters).await
    }

    fn store(&self, documents: &[Document]) {
        let texts = |of: fn(&Document) -> &str| -> Vec<&str> { documents.iter().map(of).collect() };
        let numbers = |of: fn(&Document) -> i64| -> Vec<i64> { documents.iter().map(of).collect() };
        let stored = self.session.block_on(self.run(
            UPSERT,
            &[
                &texts(|document| &document.id),
                &texts(|document| &document.name),
                &texts(|document| &document.visibility),
                &numbers(|document| document.num_monitors),
                &numbers(|document| document.num_departments),
                &texts(|document| &document.updated_at),
                &texts(|document| &document.json),
            ],
        ));
        stored.expect("documents can be stored");
    }
}

fn number(number: usize) -> i64 {
    i64::try_from(number).expect("a place in memory")
}
