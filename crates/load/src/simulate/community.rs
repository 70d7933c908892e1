//! Who is in which group. Drawn from chance, with the heavy tail that groups have.

use super::{chance::Chance, habits::Habits};

/// Lists of numbers, one after the other in one vector.
#[derive(Debug)]
struct Lists {
    /// Where each list begins, and the end of the last.
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn get(&self, list: u32) -> &[u32] {
        &self.all[self.starts[list as usize] as usize..self.starts[list as usize + 1] as usize]
    }
}

#[derive(Debug)]
pub struct Community {
    pub users: u32,
    members: Lists,
    groups_of: Lists,
}

impl Community {
    pub fn draw(users: u32, habits: &Habits, chance: &mut Chance) -> Self {
        let places = (f64::from(users) * habits.groups) as u32;
        let most = habits.group_most.min(f64::from(users));
        let mut members = Lists { starts: vec![0], all: Vec::with_capacity(places as usize) };
        while members.all.len() < places as usize {
            let size = chance.pareto(habits.group_least.min(most), most, habits.group_alpha) as u32;
            let (mut member, stride) = (chance.below(users), stride(users, chance));
            for _ in 0..size {
                members.all.push(member);
                member = ((u64::from(member) + u64::from(stride)) % u64::from(users)) as u32;
            }
            members.starts.push(members.all.len() as u32);
        }
        let groups_of = transpose(&members, users);
        Self { users, members, groups_of }
    }

    pub fn groups(&self) -> u32 {
        self.members.starts.len() as u32 - 1
    }

    /// The members of a group, each once.
    pub fn members(&self, group: u32) -> &[u32] {
        self.members.get(group)
    }

    pub fn groups_of(&self, user: u32) -> &[u32] {
        self.groups_of.get(user)
    }

    /// A group in which `user` writes: the larger it is, the rarer.
    pub fn choose_group(&self, user: u32, chance: &mut Chance) -> Option<u32> {
        let groups = self.groups_of(user);
        let weight = |group: &u32| 1.0 / (self.members(*group).len() as f64).sqrt();
        let mut left = chance.unit() * groups.iter().map(weight).sum::<f64>();
        groups.iter().copied().find(|group| {
            left -= weight(group);
            left <= 0.0
        })
    }
}

/// A step that meets every user before it meets one again.
fn stride(users: u32, chance: &mut Chance) -> u32 {
    let common = |mut a: u32, mut b: u32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    loop {
        let stride = 1 + chance.below(users.max(2) - 1);
        if common(stride, users) == 1 {
            return stride;
        }
    }
}

fn transpose(lists: &Lists, users: u32) -> Lists {
    let mut starts = vec![0_u32; users as usize + 1];
    for user in &lists.all {
        starts[*user as usize + 1] += 1;
    }
    for user in 0..users as usize {
        starts[user + 1] += starts[user];
    }
    let (mut free, mut all) = (starts.clone(), vec![0; lists.all.len()]);
    for list in 0..lists.starts.len() as u32 - 1 {
        for user in lists.get(list) {
            let place = &mut free[*user as usize];
            all[*place as usize] = list;
            *place += 1;
        }
    }
    Lists { starts, all }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn both_lists_say_the_same_and_nobody_is_in_a_group_twice() {
        let community = Community::draw(500, &Habits::SCHOOL, &mut Chance::new(3));
        let mut pairs = HashSet::new();
        for group in 0..community.groups() {
            for user in community.members(group) {
                assert!(pairs.insert((*user, group)), "{user} is twice in {group}");
            }
        }
        let other: HashSet<_> =
            (0..500).flat_map(|user| community.groups_of(user).iter().map(move |group| (user, *group))).collect();
        assert_eq!(pairs, other);
        assert!(pairs.len() >= 3_000, "six groups each");
    }

    #[test]
    fn large_groups_are_rare_and_hold_many() {
        let community = Community::draw(20_000, &Habits::SCHOOL, &mut Chance::new(3));
        let sizes: Vec<_> = (0..community.groups()).map(|group| community.members(group).len()).collect();
        let large: usize = sizes.iter().filter(|size| **size >= 100).sum();
        let (count, all) = (sizes.iter().filter(|size| **size >= 100).count(), sizes.iter().sum::<usize>());
        assert!(count * 50 < sizes.len(), "{count} of {}", sizes.len());
        assert!(large * 5 > all, "{large} of {all}");
    }
}
