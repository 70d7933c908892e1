//! One morning, second by second: people come, write, read and go; sockets are spread over nodes, and one node is lost.

use super::{
    chance::Chance,
    community::Community,
    costs::{Costs, Counts, OPS, Op},
    habits::Habits,
};

/// The simulated hour.
pub const SECONDS: u32 = 3_600;
/// Presence and typing are told in conversations of up to so many members.
const TOLD: usize = studyhall_wire::limits::PRESENCE_MEMBERS as usize;
/// Friends that one writes to.
const FRIENDS: u32 = 8;
const BEAT_S: f64 = studyhall_wire::limits::HEARTBEAT_S as f64;
/// Sockets of one user, at most.
pub const DEVICES: usize = 2;
/// No socket, in [`State::sockets`].
const NONE: u8 = 0;

#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// At most 128.
    pub nodes: u32,
    pub cores: f64,
    /// When the first node is lost. Its clients come back to the others in the next second, as the web client does.
    pub lost_at: Option<u32>,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Group(u32),
    Direct(u32),
}

/// What happens, for whoever wants to do the same to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    Connected {
        user: u32,
        device: usize,
    },
    Left {
        user: u32,
        device: usize,
    },
    /// A client that starts asks for a page, or somebody turns one.
    Asked {
        user: u32,
    },
    /// Somebody types, so many frames of it, and sends. It reaches `deliveries` sockets, the sender's included.
    Wrote {
        user: u32,
        device: usize,
        to: To,
        typing: u32,
        deliveries: u32,
    },
    /// Of what was written last, somebody looks at it.
    Looked {
        user: u32,
        device: usize,
        to: To,
        author: u32,
    },
    /// A second is over.
    Tick,
}

/// What a second came to.
#[derive(Clone, Debug, Default)]
pub struct Second {
    pub sockets: u32,
    /// Of all nodes.
    pub counts: Counts,
    /// Deliveries of messages alone.
    pub deliveries: u64,
    /// Cores that the busiest node would have used, and how many seconds it is behind.
    pub busiest: f64,
    pub behind: f64,
    /// Sockets on the fullest node.
    pub fullest: u32,
}

struct State<'a> {
    community: &'a Community,
    habits: &'a Habits,
    chance: Chance,
    /// By user: the node of each device's socket, counted from 1.
    sockets: Vec<[u8; DEVICES]>,
    /// Who has a socket, and where each is in that list.
    online: Vec<u32>,
    place: Vec<u32>,
    alive: Vec<u8>,
    /// By node.
    on_node: Vec<u32>,
    counts: Vec<Counts>,
    deliveries: u64,
}

/// Lives through a morning, and tells `happens` what happens.
pub fn live(
    community: &Community,
    habits: &Habits,
    costs: &Costs,
    setting: Setting,
    chance: Chance,
    mut happens: impl FnMut(Happening),
) -> Vec<Second> {
    let users = community.users as usize;
    let mut state = State {
        community,
        habits,
        chance,
        sockets: vec![[NONE; DEVICES]; users],
        online: Vec::new(),
        place: vec![0; users],
        alive: (1..=setting.nodes as u8).collect(),
        on_node: vec![0; setting.nodes as usize],
        counts: vec![[0.0; OPS]; setting.nodes as usize],
        deliveries: 0,
    };
    let (mut coming, mut going) = state.plan_visits();
    let mut backlog = vec![0.0_f64; setting.nodes as usize];
    let mut seconds = Vec::with_capacity(SECONDS as usize);
    for now in 0..SECONDS as usize {
        for user in std::mem::take(&mut going[now]) {
            state.go(user, &mut happens);
        }
        for (user, device, how) in std::mem::take(&mut coming[now]) {
            state.come(user, device, how, &mut happens);
        }
        if setting.lost_at == Some(now as u32) {
            let back = state.lose(1);
            backlog[0] = 0.0;
            if let Some(next) = coming.get_mut(now + 1) {
                next.extend(back.into_iter().map(|(user, device)| (user, device, How::Back)));
            }
        }
        state.talk(&mut happens);
        seconds.push(state.close_second(costs, setting.cores, &mut backlog));
        happens(Happening::Tick);
    }
    seconds
}

/// How a socket comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Its user was not there.
    First,
    Second,
    /// Its node was lost.
    Back,
}

type Visits = (Vec<Vec<(u32, usize, How)>>, Vec<Vec<u32>>);

impl State<'_> {
    /// By second: whose sockets come, and who goes.
    fn plan_visits(&mut self) -> Visits {
        let mut coming = vec![Vec::new(); SECONDS as usize];
        let mut going = vec![Vec::new(); SECONDS as usize];
        for user in 0..self.community.users {
            if !self.chance.happens(self.habits.come) {
                continue;
            }
            // Who was there before the window comes in its first minutes.
            let start = self.chance.normal(self.habits.peak_s, self.habits.spread_s);
            let start = start.max(self.chance.unit() * 120.0) as usize;
            let end = start + 1 + self.chance.exponential(self.habits.stay_s) as usize;
            let both = self.chance.happens(self.habits.second_socket);
            if start >= coming.len() {
                continue;
            }
            coming[start].push((user, 0, How::First));
            if both {
                coming[start].push((user, 1, How::Second));
            }
            if let Some(going) = going.get_mut(end) {
                going.push(user);
            }
        }
        (coming, going)
    }

    fn count(&mut self, node: u8, op: Op, times: f64) {
        self.counts[node as usize - 1][op as usize] += times;
    }

    fn come(&mut self, user: u32, device: usize, how: How, happens: &mut impl FnMut(Happening)) {
        if how == How::Back && !self.expected(user) {
            return;
        }
        let node = self.alive[self.chance.below(self.alive.len() as u32) as usize];
        self.sockets[user as usize][device] = node;
        self.on_node[node as usize - 1] += 1;
        self.count(node, Op::Connect, 1.0);
        happens(Happening::Connected { user, device });
        match how {
            How::Back => self.count(node, Op::Request, 1.0),
            How::Second => self.count(node, Op::Refresh, 1.0),
            How::First => {
                self.place[user as usize] = self.online.len() as u32;
                self.online.push(user);
                let by_password = self.chance.happens(self.habits.password);
                self.count(node, if by_password { Op::Password } else { Op::Refresh }, 1.0);
                let requests = self.chance.poisson(self.habits.start_requests);
                self.count(node, Op::Request, f64::from(requests));
                (0..requests).for_each(|_| happens(Happening::Asked { user }));
                self.show(user);
            }
        }
    }

    /// Whether somebody whose socket was lost is still to come back: in the list of who is there.
    fn expected(&self, user: u32) -> bool {
        self.online.get(self.place[user as usize] as usize) == Some(&user)
    }

    fn go(&mut self, user: u32, happens: &mut impl FnMut(Happening)) {
        for device in 0..DEVICES {
            let node = std::mem::replace(&mut self.sockets[user as usize][device], NONE);
            if node != NONE {
                self.on_node[node as usize - 1] -= 1;
                happens(Happening::Left { user, device });
            }
        }
        let place = self.place[user as usize];
        self.online.swap_remove(place as usize);
        if let Some(moved) = self.online.get(place as usize) {
            self.place[*moved as usize] = place;
        }
        self.show(user);
    }

    /// A node is gone. Gives its sockets, which are to come back.
    fn lose(&mut self, lost: u8) -> Vec<(u32, usize)> {
        self.alive.retain(|node| *node != lost);
        self.on_node[lost as usize - 1] = 0;
        let mut back = Vec::new();
        for user in &self.online {
            for (device, node) in self.sockets[*user as usize].iter_mut().enumerate() {
                if *node == lost {
                    *node = NONE;
                    back.push((*user, device));
                }
            }
        }
        back
    }

    /// Tells a change of presence: every node hears of it, and looks who of its own is to be told.
    fn show(&mut self, user: u32) {
        for node in self.alive.clone() {
            self.count(node, Op::Presence, 1.0);
        }
        let community = self.community;
        for group in community.groups_of(user) {
            let members = community.members(*group);
            if members.len() <= TOLD {
                for member in members.iter().filter(|member| **member != user) {
                    self.wake(*member);
                }
            }
        }
    }

    /// A frame to each of a user's sockets. Gives how many there are, and their nodes as bits.
    fn wake(&mut self, user: u32) -> (u32, u128) {
        let (mut sockets, mut nodes) = (0, 0);
        for node in self.sockets[user as usize] {
            if node != NONE {
                self.counts[node as usize - 1][Op::Wake as usize] += 1.0;
                sockets += 1;
                nodes |= 1 << (node - 1);
            }
        }
        (sockets, nodes)
    }

    /// What those who are there say and ask in a second.
    fn talk(&mut self, happens: &mut impl FnMut(Happening)) {
        let there = self.online.len() as u32;
        if there == 0 {
            return;
        }
        let an_hour = |times: f64| f64::from(there) * times / 3_600.0;
        for _ in 0..self.chance.poisson(an_hour(self.habits.messages_per_hour)) {
            let user = self.online[self.chance.below(there) as usize];
            self.write(user, happens);
        }
        for _ in 0..self.chance.poisson(an_hour(self.habits.requests_per_hour)) {
            let user = self.online[self.chance.below(there) as usize];
            if let Some((_, node)) = self.device(user) {
                self.count(node, Op::Request, 1.0);
                happens(Happening::Asked { user });
            }
        }
    }

    /// A device of this user with a socket, and its node.
    fn device(&self, user: u32) -> Option<(usize, u8)> {
        let sockets = self.sockets[user as usize];
        sockets.into_iter().enumerate().find(|(_, node)| *node != NONE)
    }

    fn write(&mut self, user: u32, happens: &mut impl FnMut(Happening)) {
        // Whose sockets were lost this second writes a little later.
        let Some((device, home)) = self.device(user) else { return };
        let community = self.community;
        let group =
            if self.chance.happens(self.habits.direct) { None } else { community.choose_group(user, &mut self.chance) };
        let pair = [user, friend(user, self.chance.below(FRIENDS), community.users)];
        let (to, audience) = match group {
            Some(group) => (To::Group(group), community.members(group)),
            None => (To::Direct(pair[1]), &pair[..]),
        };
        let typing = if audience.len() <= TOLD { self.chance.poisson(self.habits.typing) } else { 0 };
        self.count(home, Op::Message, 1.0);
        let (mut deliveries, mut nodes, mut looking) = (0, 0_u128, Vec::new());
        for member in audience {
            let (sockets, theirs) = self.wake(*member);
            deliveries += sockets;
            nodes |= theirs;
            if *member != user && sockets > 0 && self.chance.happens(self.habits.looking) {
                looking.push(*member);
            }
            if *member != user {
                for _ in 0..typing {
                    self.wake(*member);
                }
            }
        }
        for node in self.alive.clone() {
            if nodes & (1 << (node - 1)) != 0 && node != home {
                self.count(node, Op::Heard, f64::from(1 + typing));
            }
        }
        self.deliveries += u64::from(deliveries);
        happens(Happening::Wrote { user, device, to, typing, deliveries });
        for reader in looking {
            if let Some((device, node)) = self.device(reader) {
                self.count(node, Op::Read, 1.0);
                happens(Happening::Looked { user: reader, device, to, author: user });
            }
        }
    }

    fn close_second(&mut self, costs: &Costs, cores: f64, backlog: &mut [f64]) -> Second {
        let mut second = Second { deliveries: std::mem::take(&mut self.deliveries), ..Second::default() };
        for (place, counts) in self.counts.iter_mut().enumerate() {
            counts[Op::Beat as usize] = f64::from(self.on_node[place]) / BEAT_S;
            let used = costs.sum(counts).node / 1e6;
            backlog[place] = (backlog[place] + used - cores).max(0.0);
            second.busiest = second.busiest.max(used);
            second.behind = second.behind.max(backlog[place] / cores);
            second.fullest = second.fullest.max(self.on_node[place]);
            second.sockets += self.on_node[place];
            for (all, count) in second.counts.iter_mut().zip(std::mem::take(counts)) {
                *all += count;
            }
        }
        second
    }
}

/// The friend number `which` of a user.
pub fn friend(user: u32, which: u32, users: u32) -> u32 {
    let friend = Chance::new((u64::from(user) << 8) | u64::from(which)).below(users);
    if friend == user { (user + 1) % users } else { friend }
}
