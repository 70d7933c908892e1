//! Groups: who is in them, as what, and what is told of it.

use std::collections::HashSet;

use studyhall_domain::{
    Error,
    ports::{
        AccountStore, AuditFilter, AuditStore, ConversationStore, FriendStore, GroupChange, GroupFact, GroupRecord,
        GroupStanding, GroupStore, InboxFact, InviteRecord, Joined, MemberPlace, NewGroup, NotificationStore,
        OutboxFact, Placed, ProfileChange, Removal, TaskStore,
    },
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{
    ConversationId, DmPolicy, ErrorCode, GroupId, GroupRole, JoinPolicy, NotificationKind, StreamId, UserId, Visibility,
};

use crate::backend::{Backend, seconds, someone};

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    result.unwrap_err().code()
}

async fn make(
    store: &SqlStore,
    owner: UserId,
    name: &str,
    visibility: Visibility,
    join_policy: JoinPolicy,
) -> GroupRecord {
    let group = NewGroup {
        id: GroupId::new(),
        conversation: ConversationId::new(),
        owner,
        name: name.to_owned(),
        description: String::new(),
        visibility,
        join_policy,
        created_at: seconds(1),
    };
    store.create_group(group).await.unwrap()
}

async fn people<const N: usize>(store: &SqlStore, names: [&str; N]) -> [UserId; N] {
    let mut ids = Vec::new();
    for name in names {
        ids.push(someone(store, name).await.id);
    }
    ids.try_into().unwrap()
}

/// An open group of four, one of each rank.
struct Staff {
    group: GroupRecord,
    owner: UserId,
    admin: UserId,
    moderator: UserId,
    member: UserId,
}

async fn staff(store: &SqlStore) -> Staff {
    let [owner, admin, moderator, member] = people(store, ["owner", "admin", "moderator", "member"]).await;
    let group = make(store, owner, "Staff", Visibility::Public, JoinPolicy::Open).await;
    for (user, role) in [(admin, GroupRole::Admin), (moderator, GroupRole::Moderator), (member, GroupRole::Member)] {
        assert_eq!(place(store, owner, &group, user, role).await.unwrap(), Placed::Added);
    }
    Staff { group, owner, admin, moderator, member }
}

async fn place(
    store: &SqlStore,
    actor: UserId,
    group: &GroupRecord,
    user: UserId,
    role: GroupRole,
) -> Result<Placed, Error> {
    let code = format!("personal{}", UserId::new().0.simple());
    store.place_member(actor, group.id, user, role, &code, seconds(2)).await
}

async fn remove(store: &SqlStore, actor: UserId, group: &GroupRecord, user: UserId) -> Result<ConversationId, Error> {
    store.remove_member(actor, group.id, user, Removal::Leave, seconds(3)).await
}

async fn ban(store: &SqlStore, actor: UserId, group: &GroupRecord, user: UserId) -> Result<ConversationId, Error> {
    let how = Removal::Ban { reason: "noise".to_owned() };
    store.remove_member(actor, group.id, user, how, seconds(3)).await
}

async fn role(store: &SqlStore, group: &GroupRecord, user: UserId) -> Option<GroupRole> {
    store.role_in(group.conversation, user).await.unwrap()
}

async fn count(store: &SqlStore, group: &GroupRecord, member: UserId) -> u32 {
    store.standing(member, group.id).await.unwrap().group.member_count
}

/// What the outbox owes to a stream, in order, but for notifications; then it is forgotten.
async fn owed(store: &SqlStore, stream: impl Into<StreamId>) -> Vec<OutboxFact> {
    let stream = stream.into();
    let rows = store.outbox(10_000).await.unwrap();
    store.outbox_done(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).await.unwrap();
    let notice = |fact: &OutboxFact| matches!(fact, OutboxFact::Inbox(InboxFact::NotificationCreated { .. }));
    rows.into_iter().filter(|row| row.stream == stream && !notice(&row.fact)).map(|row| row.fact).collect()
}

async fn notices(store: &SqlStore, user: UserId) -> Vec<NotificationKind> {
    let notifications = store.notifications(user, false, None, 100).await.unwrap();
    notifications.into_iter().map(|notification| notification.notice.kind()).collect()
}

async fn invite(store: &SqlStore, actor: UserId, group: &GroupRecord, code: &str, uses: Option<u32>) {
    let (code, expires_at) = (code.to_owned(), Some(seconds(1_000)));
    let invite = InviteRecord { code, max_uses: uses, uses: 0, expires_at, created_at: seconds(1) };
    store.create_invite(actor, group.id, invite).await.unwrap();
}

pub async fn a_group_begins_with_its_owner(backend: &Backend) {
    let store = &backend.store;
    let [anna] = people(store, ["anna"]).await;
    let group = make(store, anna, "Algebra", Visibility::Private, JoinPolicy::Invite).await;
    assert_eq!((group.owner, group.member_count, group.archived), (anna, 1, false));
    let membership = store.membership(anna, group.conversation).await.unwrap().unwrap();
    assert_eq!((membership.group, membership.role), (Some(group.id), Some(GroupRole::Owner)));
    assert_eq!(
        store.standing(anna, group.id).await.unwrap(),
        GroupStanding { group: group.clone(), role: membership.role }
    );
    assert_eq!(store.group_names(&[group.id, GroupId::new()]).await.unwrap(), [(group.id, "Algebra".into())].into());
    let rows = store.outbox(10).await.unwrap();
    assert_eq!(rows[1].fact, InboxFact::ConversationAdded { conversation_id: group.conversation }.into());
    let [OutboxFact::Group(GroupFact::MemberJoined(joined))] = &owed(store, group.conversation).await[..] else {
        panic!("the owner joined");
    };
    assert_eq!((joined.user_id, joined.role), (anna, GroupRole::Owner));
}

pub async fn a_private_group_does_not_exist_for_others(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = people(store, ["anna", "bert", "cleo"]).await;
    let group = make(store, anna, "Secret", Visibility::Private, JoinPolicy::Open).await;
    let outsider = [
        code(store.standing(bert, group.id).await),
        code(store.join_group(bert, group.id, seconds(2)).await),
        code(store.update_group(bert, group.id, GroupChange::default(), seconds(2)).await),
        code(store.delete_group(bert, group.id, seconds(2)).await),
        code(place(store, bert, &group, cleo, GroupRole::Member).await),
        code(remove(store, bert, &group, anna).await),
        code(ban(store, bert, &group, anna).await),
        code(store.transfer_group(bert, group.id, cleo, seconds(2)).await),
        code(store.join_requests(bert, group.id, None, 9).await),
        code(store.group_bans(bert, group.id, None, 9).await),
        code(store.invites(bert, group.id, None, 9, seconds(2)).await),
        code(store.unban(bert, group.id, cleo, seconds(2)).await),
    ];
    assert_eq!(outsider, [ErrorCode::NotFound; 12]);
    assert_eq!(store.discover(bert, "", None, 10).await.unwrap(), []);
    assert_eq!(code(store.standing(anna, GroupId::new()).await), ErrorCode::NotFound);
}

pub async fn a_change_is_told_and_found_again(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, admin, moderator, .. } = staff(store).await;
    owed(store, group.conversation).await;
    let change = GroupChange {
        name: Some("Night shift".to_owned()),
        join_policy: Some(JoinPolicy::Approval),
        archived: Some(true),
        ..GroupChange::default()
    };
    assert_eq!(code(store.update_group(moderator, group.id, change.clone(), seconds(5)).await), ErrorCode::Forbidden);
    let changed = store.update_group(admin, group.id, change.clone(), seconds(5)).await.unwrap();
    let GroupStanding { group: now, role } = changed;
    assert_eq!((now.name.as_str(), now.join_policy, now.archived), ("Night shift", JoinPolicy::Approval, true));
    assert_eq!((now.visibility, role), (Visibility::Public, Some(GroupRole::Admin)));
    assert!(store.membership(moderator, group.conversation).await.unwrap().unwrap().archived);
    let facts = owed(store, group.conversation).await;
    assert_eq!(facts, [GroupFact::GroupUpdated(Box::new(now.updated())).into()]);
    store.update_group(admin, group.id, change, seconds(6)).await.unwrap();
    assert_eq!(owed(store, group.conversation).await, [], "the same again is no change");
    let found = async |query: &str| store.discover(admin, query, None, 10).await.unwrap().len();
    assert_eq!((found("shift").await, found("staff").await), (1, 0));
}

pub async fn public_groups_are_found_by_words(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert] = people(store, ["anna", "bert"]).await;
    for name in ["Linear Algebra", "Algebra II", "Ana\u{308}lysis", "Reading 50%"] {
        make(store, anna, name, Visibility::Public, JoinPolicy::Open).await;
    }
    make(store, anna, "Algebra in private", Visibility::Private, JoinPolicy::Open).await;
    let found = async |query: &str| -> Vec<String> {
        let found = store.discover(bert, query, None, 10).await.unwrap();
        found.into_iter().map(|standing| standing.group.name).collect()
    };
    assert_eq!(found("ALG").await, ["Algebra II", "Linear Algebra"], "the newest first");
    assert_eq!(found("linear a").await, ["Linear Algebra"]);
    assert_eq!(found("anä").await, ["Ana\u{308}lysis"]);
    assert_eq!(found("50%").await, ["Reading 50%"]);
    assert_eq!(found("gebra").await, Vec::<String>::new());
    assert_eq!(found("%").await, Vec::<String>::new());
    assert_eq!(found("").await.len(), 4);
    let first = store.discover(bert, "", None, 2).await.unwrap();
    let rest = store.discover(bert, "", Some(first[1].group.id), 10).await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 2));
    let mine = store.groups_of(anna, None, 3).await.unwrap();
    assert_eq!(mine[0].group.name, "Algebra in private");
    assert_eq!(store.groups_of(anna, Some(mine[2].group.id), 10).await.unwrap().len(), 2);
    assert_eq!(store.groups_of(bert, None, 10).await.unwrap(), []);
}

pub async fn the_members_are_listed_by_rank(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, moderator, member } = staff(store).await;
    let mut expected = vec![owner, admin, moderator, member];
    for n in 0..5 {
        let user = someone(store, &format!("person{n}")).await.id;
        assert_eq!(store.join_group(user, group.id, seconds(4)).await.unwrap(), Joined::Joined);
        expected.push(user);
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.group_members(group.id, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(MemberPlace { role: last.role, user: last.account.id });
        listed.extend(page.iter().map(|record| record.account.id));
    }
    assert_eq!(listed, expected);
    assert_eq!(count(store, &group, owner).await, 9);
    assert_eq!(store.group_members(group.id, None, 100).await.unwrap()[1].role, GroupRole::Admin);
}

pub async fn joining_is_as_the_policy_says(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert] = people(store, ["anna", "bert"]).await;
    let open = make(store, anna, "Open", Visibility::Public, JoinPolicy::Open).await;
    owed(store, open.conversation).await;
    assert_eq!(store.join_group(bert, open.id, seconds(2)).await.unwrap(), Joined::Joined);
    assert_eq!(store.join_group(bert, open.id, seconds(3)).await.unwrap(), Joined::Member);
    let rows = store.outbox(10).await.unwrap();
    let streams: Vec<StreamId> = rows.iter().map(|row| row.stream).collect();
    assert_eq!(streams, [open.conversation.into(), bert.into()], "one event for the group, one for the newcomer");
    let invite_only = make(store, anna, "Closed", Visibility::Public, JoinPolicy::Invite).await;
    assert_eq!(code(store.join_group(bert, invite_only.id, seconds(2)).await), ErrorCode::InviteOnly);
    let approval = make(store, anna, "By approval", Visibility::Public, JoinPolicy::Approval).await;
    for _ in 0..2 {
        assert_eq!(store.join_group(bert, approval.id, seconds(2)).await.unwrap(), Joined::Waiting);
    }
    assert_eq!(role(store, &approval, bert).await, None);
    assert_eq!(notices(store, anna).await, [NotificationKind::JoinRequest], "asking twice is telling once");
}

pub async fn requests_to_join_are_answered_once(backend: &Backend) {
    let store = &backend.store;
    let [anna, bert, cleo] = people(store, ["anna", "bert", "cleo"]).await;
    let group = make(store, anna, "By approval", Visibility::Public, JoinPolicy::Approval).await;
    for user in [bert, cleo] {
        store.join_group(user, group.id, seconds(2)).await.unwrap();
    }
    let waiting = store.join_requests(anna, group.id, None, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|request| request.user.id).collect::<Vec<_>>(), [bert, cleo]);
    assert_eq!(store.join_requests(anna, group.id, Some(bert), 10).await.unwrap().len(), 1);
    assert_eq!(code(store.answer_join_request(bert, group.id, cleo, true, seconds(3)).await), ErrorCode::Forbidden);
    let (one, two) = tokio::join!(
        store.answer_join_request(anna, group.id, bert, true, seconds(3)),
        store.answer_join_request(anna, group.id, bert, true, seconds(3))
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert_eq!(role(store, &group, bert).await, Some(GroupRole::Member));
    store.answer_join_request(anna, group.id, cleo, false, seconds(4)).await.unwrap();
    assert_eq!(role(store, &group, cleo).await, None);
    assert_eq!(notices(store, bert).await, [NotificationKind::JoinApproved]);
    assert_eq!(notices(store, cleo).await, [NotificationKind::JoinDenied]);
    assert_eq!(store.join_requests(anna, group.id, None, 10).await.unwrap(), []);
}

pub async fn whose_policy_shuts_one_out_is_invited(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, moderator, .. } = staff(store).await;
    let [friendly, shy, blocker] = people(store, ["friendly", "shy", "blocker"]).await;
    for (user, policy) in [(friendly, DmPolicy::Friends), (shy, DmPolicy::Nobody)] {
        let change = ProfileChange { dm_policy: Some(policy), ..ProfileChange::default() };
        store.update_profile(user, change).await.unwrap();
    }
    assert_eq!(code(place(store, moderator, &group, shy, GroupRole::Member).await), ErrorCode::Forbidden);
    assert_eq!(code(place(store, admin, &group, shy, GroupRole::Admin).await), ErrorCode::Forbidden);
    for _ in 0..2 {
        assert_eq!(place(store, admin, &group, shy, GroupRole::Member).await.unwrap(), Placed::Invited);
    }
    let [told] = &store.notifications(shy, false, None, 10).await.unwrap()[..] else { panic!("told once") };
    let data = told.notice.data().unwrap();
    let personal = data["code"].as_str().unwrap().to_owned();
    assert_eq!(data["group_id"], group.id.to_string());
    assert_eq!(store.invites(admin, group.id, None, 10, seconds(3)).await.unwrap(), [], "it is Shy's alone");
    assert_eq!(code(store.accept_invite(friendly, &personal, seconds(3)).await), ErrorCode::InviteInvalid);
    assert_eq!(store.accept_invite(shy, &personal, seconds(3)).await.unwrap().role, Some(GroupRole::Member));
    assert_eq!(code(store.invited_to(&personal, seconds(4)).await), ErrorCode::InviteInvalid);

    assert_eq!(place(store, owner, &group, friendly, GroupRole::Moderator).await.unwrap(), Placed::Invited);
    store.request_friendship(owner, friendly, seconds(5)).await.unwrap();
    store.accept_friendship(friendly, owner, seconds(5)).await.unwrap();
    assert_eq!(place(store, owner, &group, friendly, GroupRole::Moderator).await.unwrap(), Placed::Added);
    store.block(blocker, owner, seconds(6)).await.unwrap();
    assert_eq!(code(place(store, owner, &group, blocker, GroupRole::Member).await), ErrorCode::Blocked);
    assert_eq!(code(place(store, owner, &group, UserId::new(), GroupRole::Member).await), ErrorCode::NotFound);
}

pub async fn the_last_use_of_an_invitation_is_one_persons(backend: &Backend) {
    let other = backend.another();
    let store = &backend.store;
    let [anna] = people(store, ["anna"]).await;
    let group = make(store, anna, "Algebra", Visibility::Private, JoinPolicy::Invite).await;
    for round in 0..12 {
        let code = format!("code{round}");
        invite(store, anna, &group, &code, Some(1)).await;
        let one = someone(store, &format!("one{round}")).await.id;
        let two = someone(store, &format!("two{round}")).await.id;
        let (first, second) =
            tokio::join!(store.accept_invite(one, &code, seconds(2)), other.accept_invite(two, &code, seconds(2)));
        let wins = usize::from(first.is_ok()) + usize::from(second.is_ok());
        assert_eq!(wins, 1, "{first:?} {second:?}");
        let lost = if first.is_ok() { second } else { first };
        assert_eq!(lost.unwrap_err().code(), ErrorCode::InviteInvalid);
    }
    assert_eq!(count(store, &group, anna).await, 13);
}

pub async fn expired_and_withdrawn_invitations_are_none(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, admin, moderator, member, .. } = staff(store).await;
    let [zoe, yan] = people(store, ["zoe", "yan"]).await;
    let unlimited = InviteRecord {
        code: "open".to_owned(),
        max_uses: None,
        uses: 0,
        expires_at: Some(seconds(10)),
        created_at: seconds(1),
    };
    assert_eq!(code(store.create_invite(moderator, group.id, unlimited.clone()).await), ErrorCode::Forbidden);
    store.create_invite(admin, group.id, unlimited.clone()).await.unwrap();
    assert_eq!(store.invited_to("open", seconds(9)).await.unwrap().id, group.id);
    assert_eq!(store.accept_invite(member, "open", seconds(2)).await.unwrap().role, Some(GroupRole::Member));
    assert_eq!(store.invites(admin, group.id, None, 9, seconds(2)).await.unwrap(), [unlimited], "a member uses none");
    assert_eq!(store.accept_invite(zoe, "open", seconds(2)).await.unwrap().group.member_count, 5);
    assert_eq!(store.invites(admin, group.id, None, 9, seconds(2)).await.unwrap()[0].uses, 1);
    assert_eq!(code(store.accept_invite(yan, "open", seconds(10)).await), ErrorCode::InviteInvalid);
    assert_eq!(store.invites(admin, group.id, None, 9, seconds(10)).await.unwrap(), []);

    invite(store, admin, &group, "second", Some(2)).await;
    assert_eq!(store.invites(admin, group.id, Some("open"), 9, seconds(2)).await.unwrap().len(), 1);
    assert_eq!(code(store.withdraw_invite(member, group.id, "second").await), ErrorCode::Forbidden);
    store.withdraw_invite(admin, group.id, "second").await.unwrap();
    assert_eq!(code(store.withdraw_invite(admin, group.id, "second").await), ErrorCode::NotFound);
    assert_eq!(code(store.accept_invite(yan, "second", seconds(2)).await), ErrorCode::InviteInvalid);
    assert_eq!(code(store.invited_to("never", seconds(2)).await), ErrorCode::InviteInvalid);
}

pub async fn who_is_banned_stays_out(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, moderator, member } = staff(store).await;
    invite(store, admin, &group, "link", None).await;
    assert_eq!(code(ban(store, moderator, &group, admin).await), ErrorCode::Forbidden);
    assert_eq!(code(ban(store, moderator, &group, moderator).await), ErrorCode::Forbidden);
    assert_eq!(code(ban(store, admin, &group, owner).await), ErrorCode::Forbidden);
    ban(store, moderator, &group, member).await.unwrap();
    assert_eq!(role(store, &group, member).await, None);
    assert_eq!(code(store.join_group(member, group.id, seconds(4)).await), ErrorCode::Banned);
    assert_eq!(code(store.accept_invite(member, "link", seconds(4)).await), ErrorCode::Banned);
    assert_eq!(code(place(store, owner, &group, member, GroupRole::Member).await), ErrorCode::Banned);
    let [zoe] = people(store, ["zoe"]).await;
    ban(store, moderator, &group, zoe).await.unwrap();
    assert_eq!(count(store, &group, owner).await, 3, "who was no member is kept out, too");

    let bans = store.group_bans(moderator, group.id, None, 10).await.unwrap();
    assert_eq!(bans.iter().map(|ban| ban.user.id).collect::<Vec<_>>(), [member, zoe]);
    assert_eq!((bans[0].banned_by.id, bans[0].reason.as_str()), (moderator, "noise"));
    assert_eq!(store.group_bans(moderator, group.id, Some(member), 10).await.unwrap().len(), 1);
    assert_eq!(code(store.unban(moderator, group.id, member, seconds(5)).await), ErrorCode::Forbidden);
    store.unban(admin, group.id, member, seconds(5)).await.unwrap();
    assert_eq!(code(store.unban(admin, group.id, member, seconds(6)).await), ErrorCode::NotFound);
    assert_eq!(store.join_group(member, group.id, seconds(7)).await.unwrap(), Joined::Joined);
}

pub async fn leaving_and_removing_are_told(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, moderator, member } = staff(store).await;
    owed(store, group.conversation).await;
    assert_eq!(code(remove(store, owner, &group, owner).await), ErrorCode::OwnerMustTransfer);
    assert_eq!(code(remove(store, moderator, &group, admin).await), ErrorCode::Forbidden);
    assert_eq!(code(remove(store, member, &group, moderator).await), ErrorCode::Forbidden);
    assert_eq!(code(remove(store, admin, &group, UserId::new()).await), ErrorCode::NotFound);
    assert_eq!(owed(store, group.conversation).await, [], "what is refused is not told");
    remove(store, moderator, &group, member).await.unwrap();
    let rows = store.outbox(10).await.unwrap();
    let streams: Vec<StreamId> = rows.iter().map(|row| row.stream).collect();
    assert_eq!(streams, [group.conversation.into(), member.into()]);
    let OutboxFact::Group(GroupFact::MemberLeft(left)) = &rows[0].fact else { panic!("{:?}", rows[0]) };
    assert_eq!((left.user_id, left.role), (member, GroupRole::Member));
    let OutboxFact::Inbox(InboxFact::ConversationRemoved(removed)) = &rows[1].fact else { panic!("{:?}", rows[1]) };
    assert_eq!((removed.conversation_id, removed.reason.as_str()), (group.conversation, "removed"));
    remove(store, admin, &group, admin).await.unwrap();
    assert_eq!((count(store, &group, owner).await, role(store, &group, admin).await), (2, None));
    assert_eq!(code(remove(store, admin, &group, admin).await), ErrorCode::Forbidden, "gone already");
}

/// Both stand in the other's way: whoever comes first wins, and the second one has no right any more.
pub async fn two_admins_who_demote_each_other(backend: &Backend) {
    let other = backend.another();
    let store = &backend.store;
    let [owner] = people(store, ["owner"]).await;
    for round in 0..12 {
        let group = make(store, owner, "Staff", Visibility::Public, JoinPolicy::Open).await;
        let one = someone(store, &format!("one{round}")).await.id;
        let two = someone(store, &format!("two{round}")).await.id;
        for moderator in [one, two] {
            place(store, owner, &group, moderator, GroupRole::Admin).await.unwrap();
        }
        // Admins are equal: neither acts on the other.
        let (first, second) = tokio::join!(
            place(store, one, &group, two, GroupRole::Member),
            place(&other, two, &group, one, GroupRole::Member)
        );
        assert_eq!([code(first), code(second)], [ErrorCode::Forbidden; 2]);
        // The owner hands over, while the new owner-to-be is demoted: one of the two orders, never both half.
        let (handed, demoted) = tokio::join!(
            store.transfer_group(owner, group.id, one, seconds(5)),
            place(&other, owner, &group, one, GroupRole::Member)
        );
        handed.unwrap();
        let roles = [role(store, &group, owner).await, role(store, &group, one).await];
        assert_eq!(roles, [Some(GroupRole::Admin), Some(GroupRole::Owner)], "{demoted:?}");
        assert!(matches!(&demoted, Ok(Placed::Changed)) || code(demoted) == ErrorCode::Forbidden);
        // The old owner and the new one act on each other at once.
        let (up, down) = tokio::join!(remove(store, owner, &group, one), remove(&other, one, &group, owner));
        assert_eq!((code(up), down.is_ok()), (ErrorCode::Forbidden, true));
    }
}

pub async fn an_owner_who_leaves_while_transferring(backend: &Backend) {
    let other = backend.another();
    let store = &backend.store;
    for round in 0..12 {
        let owner = someone(store, &format!("owner{round}")).await.id;
        let heir = someone(store, &format!("heir{round}")).await.id;
        let group = make(store, owner, "Staff", Visibility::Public, JoinPolicy::Open).await;
        place(store, owner, &group, heir, GroupRole::Member).await.unwrap();
        let (left, transferred) =
            tokio::join!(remove(store, owner, &group, owner), other.transfer_group(owner, group.id, heir, seconds(5)));
        transferred.unwrap();
        match left {
            Ok(_) => assert_eq!(role(store, &group, owner).await, None),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::OwnerMustTransfer);
                assert_eq!(role(store, &group, owner).await, Some(GroupRole::Admin));
            }
        }
        assert_eq!(role(store, &group, heir).await, Some(GroupRole::Owner));
        assert_eq!(store.standing(heir, group.id).await.unwrap().group.owner, heir);
        // The heir leaves while being given what the heir has: nobody is left without an owner.
        let leaves =
            tokio::join!(remove(store, heir, &group, heir), other.transfer_group(heir, group.id, heir, seconds(6)));
        assert_eq!(code(leaves.0), ErrorCode::OwnerMustTransfer);
    }
}

pub async fn a_deleted_group_is_gone_for_all(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, moderator, member } = staff(store).await;
    invite(store, admin, &group, "link", None).await;
    owed(store, group.conversation).await;
    assert_eq!(code(store.delete_group(admin, group.id, seconds(5)).await), ErrorCode::Forbidden);
    store.delete_group(owner, group.id, seconds(5)).await.unwrap();
    let rows = store.outbox(100).await.unwrap();
    let OutboxFact::Group(GroupFact::GroupUpdated(last)) = &rows[0].fact else { panic!("{:?}", rows[0]) };
    assert!(last.archived, "the last that is told ends all writing");
    let told: HashSet<UserId> = rows[1..].iter().map(|row| row.stream.0.into()).collect();
    assert_eq!(told, HashSet::from([owner, admin, moderator, member]));
    for user in [owner, member] {
        assert_eq!(store.membership(user, group.conversation).await.unwrap(), None);
        assert_eq!(code(store.standing(user, group.id).await), ErrorCode::NotFound);
        assert_eq!(store.groups_of(user, None, 10).await.unwrap(), []);
    }
    assert_eq!(store.discover(owner, "", None, 10).await.unwrap(), []);
    assert_eq!(code(store.accept_invite(member, "link", seconds(6)).await), ErrorCode::InviteInvalid);
    let tasks = store.tasks(None, None, 10).await.unwrap();
    assert_eq!((tasks[0].kind.as_str(), tasks[0].run_at), ("erase_stream", seconds(5 + 30 * 86_400)));
    assert_eq!(tasks[0].payload["stream"], group.conversation.to_string());
    store.delete_account(owner, seconds(7)).await.unwrap();
}

pub async fn a_deleted_account_leaves_its_groups(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, member, .. } = staff(store).await;
    owed(store, group.conversation).await;
    assert_eq!(code(store.delete_account(owner, seconds(5)).await), ErrorCode::OwnerMustTransfer);
    store.delete_account(member, seconds(5)).await.unwrap();
    assert_eq!((role(store, &group, member).await, count(store, &group, owner).await), (None, 3));
    let facts = owed(store, group.conversation).await;
    assert!(matches!(&facts[..], [OutboxFact::Group(GroupFact::MemberLeft(left))] if left.user_id == member));
}

pub async fn what_is_done_is_recorded(backend: &Backend) {
    let store = &backend.store;
    let Staff { group, owner, admin, member, moderator } = staff(store).await;
    place(store, owner, &group, member, GroupRole::Moderator).await.unwrap();
    remove(store, owner, &group, moderator).await.unwrap();
    ban(store, admin, &group, member).await.unwrap();
    store.unban(admin, group.id, member, seconds(4)).await.unwrap();
    store.transfer_group(owner, group.id, admin, seconds(5)).await.unwrap();
    store.delete_group(admin, group.id, seconds(6)).await.unwrap();
    let records = store.audit(&AuditFilter::default(), 100).await.unwrap();
    let actions = records.iter().rev().map(|record| record.action.as_str());
    assert_eq!(
        actions.filter(|action| action.starts_with("group.")).collect::<Vec<_>>(),
        [
            "group.set_role",
            "group.remove_member",
            "group.ban",
            "group.unban",
            "group.set_role",
            "group.set_role",
            "group.delete"
        ]
    );
    assert_eq!(records[0].target, Some(group.id.to_string()));
    assert_eq!(notices(store, member).await, [NotificationKind::RoleChanged]);
    assert_eq!(notices(store, admin).await, [NotificationKind::RoleChanged]);
}
