//! The outside world as the domain sees it: one small trait per thing, each with a real implementation per mode,
//! held to one contract by one suite.

mod accounts;
mod admin;
mod audit;
mod blobs;
mod conversations;
mod fanout;
mod friends;
mod groups;
mod limits;
mod log;
mod notifications;
mod presence;
mod reports;
mod search;
mod sessions;
mod tasks;

pub use accounts::*;
pub use admin::*;
pub use audit::*;
pub use blobs::*;
pub use conversations::*;
pub use fanout::*;
pub use friends::*;
pub use groups::*;
pub use limits::*;
pub use log::*;
pub use notifications::*;
pub use presence::*;
pub use reports::*;
pub use search::*;
pub use sessions::*;
pub use tasks::*;

/// Whether a dependency answers, for `/readyz`.
#[async_trait::async_trait]
pub trait Health: Send + Sync {
    /// The name in `/readyz`.
    fn name(&self) -> &'static str;
    /// Ok when it answers, within two seconds.
    async fn check(&self) -> crate::Result<()>;
}
