use async_trait::async_trait;

use crate::Result;

/// What is limited, each with its own rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Sign-in, by address and account.
    SignIn,
    /// Sign-in, by address alone: high, for a classroom is one address.
    SignInAddress,
    /// New accounts, by address.
    Register,
    /// Everything else before sign-in, by address.
    Anonymous,
    /// Requests, by user.
    Request,
    /// Messages, by user.
    Send,
    /// Searches, by user.
    Search,
    /// Uploads of pictures, by user.
    Upload,
    /// Requests for friendship, by user.
    Friend,
    /// Coming into groups and adding others to them, by user.
    Join,
}

impl Limit {
    pub const ALL: [Self; 10] = [
        Self::SignIn,
        Self::SignInAddress,
        Self::Register,
        Self::Anonymous,
        Self::Request,
        Self::Send,
        Self::Search,
        Self::Upload,
        Self::Friend,
        Self::Join,
    ];

    /// How many at once, and how many a minute in the long run.
    #[must_use]
    pub const fn rate(self) -> Rate {
        let (burst, per_minute) = match self {
            Self::SignIn => (10, 10),
            Self::SignInAddress => (300, 300),
            Self::Register => (60, 60),
            Self::Anonymous => (600, 600),
            Self::Request => (600, 1_200),
            Self::Send => (200, 600),
            Self::Search => (60, 120),
            Self::Upload => (20, 20),
            Self::Friend => (60, 30),
            Self::Join => (300, 120),
        };
        Rate { burst, per_minute }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub burst: u32,
    pub per_minute: u32,
}

/// What is left of a limit after one was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until the whole burst is there again.
    pub reset_s: u64,
}

/// Rate limits by key.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one; [`RateLimited`](crate::Error::RateLimited) where there is none left.
    async fn take(&self, limit: Limit, key: &str) -> Result<Allowance>;
}
