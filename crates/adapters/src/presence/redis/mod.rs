//! Presence over all nodes, in Redis.
//!
//! Each node has a word on each of its users; what a user is follows from the words of the nodes that live. A node lives
//! as long as it says so every few seconds: what a killed one said does not count any more, and whichever node finds
//! that first takes its words away and tells what changed. All of it is done by scripts, by Redis's own clock, so that a
//! change is told once.
//!
//! A node's own users stand in its memory, too. Without Redis they are what it knows; once Redis is back, or has
//! forgotten everything, it says them again.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redis::Script;
use studyhall_domain::{
    Error, Result,
    ports::{Fanout, Live, PresenceStore},
};
use studyhall_wire::{Presence, UserId};
use tokio::{sync::Mutex, task::JoinHandle, time::interval};
use uuid::Uuid;

use super::LocalPresence;
use crate::redis::Redis;

/// How often a node says that it lives, and how long that counts.
const BEAT: Duration = Duration::from_secs(3);
const LIFE: Duration = Duration::from_secs(10);
/// Users that are taken from a dead node at once.
const REAP: u32 = 500;
/// Users that are asked for at once.
const ASK: usize = 500;
/// Locks that keep changes of one user in order.
const LANES: usize = 64;

/// `now` in milliseconds, and `fold`: what a user is by the words in its hash. The words of `also` count in any case.
const COMMON: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function fold(user, nodes, also)
    local words, state = redis.call('HGETALL', user), ''
    for i = 1, #words, 2 do
        local node, word = words[i], words[i + 1]
        if node == also or tonumber(redis.call('ZSCORE', nodes, node) or 0) > now then
            if word == 'o' then return 'o' end
            state = word
        end
    end
    return state
end
";

fn script(body: &str) -> Script {
    Script::new(&format!("{COMMON}{body}"))
}

/// `KEYS`: nodes, the node's users, the user. `ARGV`: node, user, word. Gives what the user is, and whether that is new.
static SET: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
        local before = fold(KEYS[3], KEYS[1], ARGV[1])
        if ARGV[3] == '' then
            redis.call('HDEL', KEYS[3], ARGV[1])
            redis.call('SREM', KEYS[2], ARGV[2])
        else
            redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
            redis.call('SADD', KEYS[2], ARGV[2])
        end
        local after = fold(KEYS[3], KEYS[1], ARGV[1])
        return {after, before ~= after and 1 or 0}
        ",
    )
});

/// `KEYS`: nodes, then users. Gives what each is.
static OF: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
        local states = {}
        for i = 2, #KEYS do
            states[i - 1] = fold(KEYS[i], KEYS[1])
        end
        return states
        ",
    )
});

/// `KEYS`: nodes, the node's users. `ARGV`: node, its life. Gives whether it lived all the time, and how many users it
/// has.
static LIVE: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
        local lived = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) > now
        redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
        return {lived and 1 or 0, redis.call('SCARD', KEYS[2])}
        ",
    )
});

/// `KEYS`: nodes. `ARGV`: what opens the keys of nodes' users, and of users; how many. Takes users of one dead node
/// away. Gives how many dead nodes there were, and then each user that changed with what it is now.
static REAPING: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
        local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)
        if #dead == 0 then return {'0'} end
        local node, told = dead[1], {'1'}
        local its = ARGV[1] .. node
        for _, user in ipairs(redis.call('SPOP', its, ARGV[3])) do
            local key = ARGV[2] .. user
            local before = fold(key, KEYS[1], node)
            redis.call('HDEL', key, node)
            local after = fold(key, KEYS[1])
            if before ~= after then
                told[#told + 1] = user
                told[#told + 1] = after
            end
        end
        if redis.call('EXISTS', its) == 0 then
            redis.call('ZREM', KEYS[1], node)
        end
        return told
        ",
    )
});

/// Presence by Redis. Ends with its value.
pub struct RedisPresence {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    redis: Redis,
    fanout: Arc<dyn Fanout>,
    /// This process, for as long as it lives.
    node: String,
    local: LocalPresence,
    lanes: [Mutex<()>; LANES],
    /// Redis was not told everything.
    behind: AtomicBool,
}

impl RedisPresence {
    /// What changes because another node died is told through `fanout`.
    #[must_use]
    pub fn start(redis: Redis, fanout: Arc<dyn Fanout>) -> Self {
        let runtime = redis.runtime().clone();
        let shared = Arc::new(Shared {
            redis,
            fanout,
            node: Uuid::now_v7().simple().to_string(),
            local: LocalPresence::new(),
            lanes: std::array::from_fn(|_| Mutex::default()),
            behind: AtomicBool::new(false),
        });
        let task = runtime.spawn(live(Arc::clone(&shared)));
        Self { shared, task }
    }
}

impl Drop for RedisPresence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[async_trait]
impl PresenceStore for RedisPresence {
    async fn set(&self, user: UserId, state: Presence) -> Result<Option<Presence>> {
        let alone = self.shared.local.put(user, state);
        match self.shared.say(user).await {
            Ok(changed) => Ok(changed),
            Err(Error::Unavailable { .. }) => {
                self.shared.behind.store(true, Ordering::Relaxed);
                Ok(alone)
            }
            Err(error) => Err(error),
        }
    }

    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>> {
        let mut states = self.shared.local.of(users).await?;
        for some in users.chunks(ASK) {
            let mut of = OF.prepare_invoke();
            of.key(self.shared.nodes_key());
            for user in some {
                of.key(self.shared.user_key(*user));
            }
            let words: Vec<String> = match self.shared.redis.invoke(of).await {
                Ok(words) => words,
                Err(Error::Unavailable { .. }) => return Ok(states),
                Err(error) => return Err(error),
            };
            for (user, word) in some.iter().zip(words) {
                match from_word(&word) {
                    Presence::Online => drop(states.insert(*user, Presence::Online)),
                    Presence::Away => drop(states.entry(*user).or_insert(Presence::Away)),
                    Presence::Offline => {}
                }
            }
        }
        Ok(states)
    }
}

impl Shared {
    fn nodes_key(&self) -> String {
        self.redis.key("presence:nodes")
    }

    fn users_key(&self) -> String {
        self.redis.key(format_args!("presence:node:{}", self.node))
    }

    fn user_key(&self, user: UserId) -> String {
        self.redis.key(format_args!("presence:user:{}", user.0.simple()))
    }

    /// Tells Redis what the user is here, as of now: of two changes at once, both tell the later one. Gives what the
    /// user is over all nodes, where that is new.
    async fn say(&self, user: UserId) -> Result<Option<Presence>> {
        let lane = usize::from(user.0.as_bytes()[15]) % LANES;
        let _in_order = self.lanes[lane].lock().await;
        let mut set = SET.prepare_invoke();
        set.key(self.nodes_key()).key(self.users_key()).key(self.user_key(user));
        set.arg(&self.node).arg(user.0.simple().to_string()).arg(to_word(self.local.get(user)));
        let (state, changed): (String, bool) = self.redis.invoke(set).await?;
        Ok(changed.then(|| from_word(&state)))
    }

    async fn say_and_tell(&self, user: UserId) -> Result<()> {
        if let Some(state) = self.say(user).await? {
            self.fanout.publish(Live::Presence { user, state });
        }
        Ok(())
    }

    /// One beat: says that this node lives, says everything again where Redis does not know it, and takes the words of
    /// dead nodes away.
    async fn beat(&self) -> Result<()> {
        let mut live = LIVE.prepare_invoke();
        live.key(self.nodes_key()).key(self.users_key()).arg(&self.node).arg(millis(LIFE));
        let (lived, users): (bool, usize) = self.redis.invoke(live).await?;
        if self.behind.swap(false, Ordering::Relaxed) || !lived || users != self.local.len() {
            let told = self.say_all().await;
            if told.is_err() {
                self.behind.store(true, Ordering::Relaxed);
            }
            told?;
        }
        while self.reap().await? {}
        Ok(())
    }

    async fn say_all(&self) -> Result<()> {
        let mut members = redis::cmd("SMEMBERS");
        members.arg(self.users_key());
        let there: Vec<String> = self.redis.run(members).await?;
        let gone = there.iter().filter_map(|user| user.parse().ok()).filter(|user| !self.local.is_there(*user));
        for user in gone.chain(self.local.users()) {
            self.say_and_tell(user).await?;
        }
        Ok(())
    }

    /// False where there is no dead node.
    async fn reap(&self) -> Result<bool> {
        let mut reap = REAPING.prepare_invoke();
        reap.key(self.nodes_key());
        reap.arg(self.redis.key("presence:node:")).arg(self.redis.key("presence:user:")).arg(REAP);
        let mut told = self.redis.invoke::<Vec<String>>(reap).await?.into_iter();
        let any = told.next().is_some_and(|dead| dead != "0");
        while let (Some(user), Some(word)) = (told.next(), told.next()) {
            if let Ok(user) = user.parse() {
                self.fanout.publish(Live::Presence { user, state: from_word(&word) });
            }
        }
        Ok(any)
    }
}

async fn live(shared: Arc<Shared>) {
    let mut beats = interval(BEAT);
    loop {
        beats.tick().await;
        if let Err(error) = shared.beat().await {
            tracing::debug!(%error, "presence is known of this node alone");
        }
    }
}

fn to_word(state: Presence) -> &'static str {
    match state {
        Presence::Online => "o",
        Presence::Away => "a",
        Presence::Offline => "",
    }
}

fn from_word(word: &str) -> Presence {
    match word {
        "o" => Presence::Online,
        "a" => Presence::Away,
        _ => Presence::Offline,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
