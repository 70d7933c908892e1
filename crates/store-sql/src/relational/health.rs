//! Whether the database answers.

use std::time::Duration;

use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use studyhall_domain::{Error, Result, ports::Health};

use super::{DEPENDENCY, SqlStore, transaction::with_conn};

const PATIENCE: Duration = Duration::from_secs(2);

#[async_trait::async_trait]
impl Health for SqlStore {
    fn name(&self) -> &'static str {
        DEPENDENCY
    }

    async fn check(&self) -> Result<()> {
        let answer = async {
            with_conn!(self, Read, |conn| {
                diesel::select(diesel::dsl::sql::<Integer>("1")).get_result::<i32>(conn).await?;
                Ok(())
            })
        };
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::unavailable(DEPENDENCY, "no answer in time")),
        }
    }
}
