//! A corner of the test services for one test: a database, a prefix, a name of its own in each, with nothing in them.

use std::thread;

use studyhall_wire::SessionId;
use tokio_postgres::NoTls;

/// What `cargo xtask services env` prints. Removed with its value, as far as it costs something.
pub struct Place {
    /// Letters and digits, different for each place.
    name: String,
    /// What is not the shared service: variables without their prefix.
    others: Vec<(&'static str, String)>,
}

impl Place {
    /// Makes the PostgreSQL database; everything else is made by who uses it.
    pub async fn make() -> Self {
        Self::among(Vec::new()).await
    }

    /// With other services in the place of the shared ones, such as a [`Victim`](crate::Victim)'s or one behind a
    /// [`Proxy`](crate::Proxy).
    pub async fn among(others: Vec<(&'static str, String)>) -> Self {
        let name = format!("studyhall_test_{}", SessionId::new().to_string().replace('-', ""));
        let place = Self { name, others };
        postgres(&place.variable("POSTGRES_URL"), &format!("CREATE DATABASE {}", place.name)).await;
        place
    }

    fn variable(&self, name: &str) -> String {
        let other = self.others.iter().find(|(other, _)| *other == name);
        other.map_or_else(|| variable(name), |(_, value)| value.clone())
    }

    /// The configuration of a node here, `STUDYHALL_…`.
    pub fn environment(&self) -> Vec<(String, String)> {
        let Self { name, .. } = self;
        let variable = |name| self.variable(name);
        let mut environment = vec![
            ("MODE", "clustered".to_owned()),
            ("SECRET", "a secret of tests that everybody may know".to_owned()),
            ("DATABASE_URL", in_database(&variable("POSTGRES_URL"), name)),
            ("MONGODB_URL", in_database(&variable("MONGODB_URL"), name)),
            ("S3_BUCKET", name.replace('_', "-")),
        ];
        // In Redis and RabbitMQ, the database's name tells it from others.
        for same in ["REDIS_URL", "AMQP_URL", "S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"] {
            environment.push((same, variable(same)));
        }
        environment.into_iter().map(|(name, value)| (format!("STUDYHALL_{name}"), value)).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let name = self.name.clone();
        // Other services go as a whole.
        let shared = |name: &str| self.others.iter().all(|(other, _)| *other != name).then(|| variable(name));
        let (postgres_url, mongodb_url) = (shared("POSTGRES_URL"), shared("MONGODB_URL"));
        // A thread of its own: the test's runtime may be the one that is being dropped.
        let removing = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                if let Some(url) = postgres_url {
                    postgres(&url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
                }
                if let Some(url) = mongodb_url {
                    let mongodb = mongodb::Client::with_uri_str(url).await.expect("an address");
                    mongodb.database(&name).drop().await.expect("MongoDB answers");
                }
            });
        });
        let removed = removing.join().is_ok();
        assert!(removed || thread::panicking(), "what the test left could not be removed");
    }
}

/// A variable without its prefix.
///
/// # Panics
/// Without it: a missing service is a failure, with the way out of it.
pub fn variable(name: &str) -> String {
    let name = format!("STUDYHALL_TEST_{name}");
    let hint = "run `cargo xtask services up`, then `eval \"$(cargo xtask services env)\"`";
    std::env::var(&name).unwrap_or_else(|_| panic!("{name} is not set: {hint}"))
}

/// `scheme://authority/anything?parameters` with another database in its path.
fn in_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, String::new()), |(a, p)| (a, format!("?{p}")));
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
    format!("{}/{name}{parameters}", &address[..end])
}

async fn postgres(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    let driving = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("the statement runs");
    drop(client);
    let _ = driving.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_takes_its_place_in_the_url() {
        assert_eq!(in_database("postgres://u:p@h:1/postgres", "x"), "postgres://u:p@h:1/x");
        assert_eq!(in_database("mongodb://h:1/?directConnection=true", "x"), "mongodb://h:1/x?directConnection=true");
        assert_eq!(in_database("redis://h:1", "x"), "redis://h:1/x");
    }
}
