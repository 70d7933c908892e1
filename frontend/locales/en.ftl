# Studyhall in English. Sentence case, plain, no exclamation marks.
# A test holds every language to the same keys and arguments.

## Everywhere

cancel = Cancel
clear = Clear
close = Close
connection = Connection
copied = Copied
copy-failed = The browser did not allow it. Select the text and copy it yourself.
copy = Copy
dismiss = Dismiss
just-now = just now
loading = Loading
notices = Notices
offline = Offline. Messages will be sent when you're back.
reconnecting = Reconnecting …
retry = Try again
show-typed = Show what I type
today = Today
unread-count = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
}
yesterday = Yesterday

## Messages

chat-new = New
code-copy = Copy code
table = Table
task-done = Done
task-open = To do

## Emoji

emoji-search = Find emoji
emoji-found = Found
emoji-none = No emoji has this name.
emoji-recent = Last used
emoji-smileys = Smileys and hearts
emoji-people = Gestures and people
emoji-nature = Nature
emoji-food = Food and drink
emoji-activities = Activities
emoji-places = Places and weather
emoji-objects = Objects
emoji-symbols = Symbols

## Keys

keys-title = Keyboard shortcuts
keys-everywhere = Everywhere
keys-jump = Jump to a conversation, person or group
keys-previous = Previous conversation
keys-next = Next conversation
keys-close = Close, then mark as read
keys-help = This list
keys-writing = Writing
keys-send = Send
keys-break = New line
keys-edit-last = Edit your last message, when nothing is typed
keys-mention = Mention someone
keys-emoji = Insert an emoji by name
keys-messages = Messages
keys-between = Between messages
keys-actions = What can be done with one
keys-among = Among its actions
keys-lists = Lists and menus
keys-move = Move
keys-ends = First and last
keys-open = Open

## Around every page

app-name = Studyhall
main-navigation = Main
place-chats = Chats
account = Account
settings = Settings
sign-out = Sign out
sign-out-title = Sign out now?
sign-out-unsent = A message that you wrote has not been sent yet. Signing out discards it.
skip = Skip to the content
back = Back
more = More
save = Save
saved = Saved.
search = Search
you = You
theme = Theme
theme-system = As the system
theme-light = Light
theme-dark = Dark
deleted-user = Deleted user
presence-online = Online
presence-away = Away
presence-offline = Offline
not-found-title = Not found
jump-to = Jump to
jump-none = Nobody and nothing has this name.
not-found = There is nothing at this address.
not-found-back = Go to your chats
part-failed = This part could not be loaded
part-failed-text = Check your connection and try again. If that does not help, reload the page.
unreachable-title = The server cannot be reached
unreachable-text = Check your connection. We keep trying.

## Signing in

door-line = A quiet place to study together.
sign-in = Sign in
username = Username
username-hint = 3 to 32 of a–z, 0–9, dot, dash and underscore. It cannot be changed later.
password = Password
password-hint = At least 8 characters.
display-name = Display name
display-name-hint = What others see. You can change it at any time.
create-account = Create account
create-account-title = Create an account
create-account-link = Create an account
have-account-link = I have an account
session-ended = Your session has ended. Sign in again to go on where you were.

## What went wrong

error-unreachable = The server cannot be reached. Check your connection and try again.
field-required = Fill this in.
field-nul = It has a character that cannot be kept. Type it anew.
field-username-too_short = At least 3 characters.
field-username-too_long = At most 32 characters.
field-username-invalid = Use a–z, 0–9, dot, dash and underscore, and end in a letter or digit.
field-password-too_short = At least 8 characters.
field-password-too_long = At most 256 characters.
field-new_password-too_short = At least 8 characters.
field-new_password-too_long = At most 256 characters.
error-unexpected = The server gave an answer that we do not understand. Reload the page.
error-signed-out = You are signed out. Sign in again.
error-invalid_credentials = The username or password is wrong.
error-account_suspended = This account is suspended. Ask an administrator.
error-username_taken = This username is taken. Choose another one.
error-wrong_password = The password is wrong.
error-registration_closed = Nobody can create an account here by themselves. Ask an administrator.
error-dm_not_allowed = This person does not take messages from you.
error-rate_limited = That was a little too fast. Wait a moment and try again.
error-unavailable = A part of the service is not available. Try again in a moment.
error-owner_must_transfer = You own groups. Give them to somebody else first.
error-blocked = One of you has blocked the other.
error-banned = You are banned from this group.
error-invite_only = This group takes people by invitation.
error-invite_invalid = This invitation is spent, expired or withdrawn. Ask for a new one.
error-group_archived = This group is archived: nobody writes in it.
error-already_friends = You are friends already.
error-already_requested = You have asked already.
error-too_many_requests = Too many of your requests wait for an answer. Take some back first.
error-reset_invalid = This link for a new password is spent or has expired. Ask an administrator for a new one.
error-report_resolved = Somebody else has resolved this report already.
error-last_superuser = You are the last superuser. Make somebody else one first.
error-task_not_retryable = That task is running or done; there is nothing to try again.
error-too_large = This is too large.
error-unsupported_media_type = This kind of file cannot be used here. Choose a PNG, JPEG, GIF or WebP picture.
error-message_deleted = This message was deleted.
error-not_found = This is not there any more.
error-forbidden = You are not allowed to do this.

## Chats

conversations = Conversations
chats-empty = Your conversations will be here.
chats-empty-guest = Conversations that somebody begins with you will be here.
chats-failed = Your conversations could not be loaded
chat-none-open = Choose a conversation, or start a new one.
chat-none-open-guest = Choose a conversation.
start-chat = Start a chat
chat-unknown = This conversation is not there, or not yours to see.
chat-empty = Nothing has been said here yet. Say hello.
chat-beginning = This is where the conversation begins.
history-failed = The messages could not be loaded
new-chat = New chat
find-people = Find people
find-people-hint = Type the beginning of a name, two letters or more.
find-people-none = Nobody has a name that begins so.
people = People
search-failed = The search did not work
search-messages = Search messages
search-none = No message has these words.
search-results = Search results
search-here = Search in this conversation
search-here-hint = Words, or parts of words, that were written here.
no-messages-yet = No messages yet
preview-own = You: { $text }
preview-of = { $name }: { $text }
new-message-from = New message from { $name }
typing-short = is typing …
typing-one = { $name } is typing …
typing-two = { $first } and { $second } are typing …
typing-many = Several people are typing …
draft = Draft:
messages = Messages
message = Message
message-label = { $name }, { $time }
message-actions = Actions
message-deleted = This message was deleted.
message-edited = edited
message-pinned = pinned
message-pending = On its way
message-failed = Not sent. { $why }
message-retry = Retry
message-discard = Discard
message-too-long = A message has at most { $max } characters.
quote-earlier = An earlier message
reaction-label = { $count } { $emoji }: { $names }
react = React
react-failed = The reaction did not arrive. { $why }
reply = Reply
reply-cancel = Cancel
replying-to = Reply to { $name }: { $text }
edit = Edit
edit-message = Edit text
delete = Delete
delete-title = Delete this message?
delete-text = It will be gone for everyone. This cannot be undone.
pin = Pin
copy-text = Copy text
copy-link = Copy link
peer-deleted = This account was deleted. What was written stays.
pin-failed = It could not be pinned. { $why }
send = Send
insert-emoji = Insert an emoji
completions = Suggestions
mention-everyone = Everyone here
new-count = { $count ->
    [one] { $count } new message
   *[other] { $count } new messages
}
to-latest = Latest messages
member-joined = { $name } joined
member-left = { $name } left
member-role = { $name } is { $role } now

## Details of a conversation

details = Details
close-details = Close details
members = Members
pins = Pinned messages
pins-tab = Pins
pins-empty = What is pinned will be here.
pins-failed = The pinned messages could not be loaded
notify = Tell me about
notify-all = Every message
notify-mentions = Mentions alone
notify-none = Nothing

## Settings

settings-sections = Sections
settings-profile = Profile
settings-appearance = Appearance and keys
settings-language = Language and time
settings-password = Password
settings-sessions = Sessions
settings-account = Account
about-you = About you
avatar = Picture
avatar-hint = A PNG, JPEG, GIF or WebP. It is cut to a square.
avatar-choose = Choose a picture
avatar-remove = Remove
avatar-too-large = The picture is larger than { $mb } MB. Choose a smaller one.
bio = Bio
bio-hint = A few words about you.
dm-policy = Who may write to you
dm-everyone = Everyone
dm-friends = Friends
dm-nobody = Nobody
theme-hint = Kept on this device.
writing = Writing
send-with-modifier = Send with Ctrl+Enter
send-with-modifier-hint = Enter alone then begins a new line.
language = Language
timezone = Time zone
timezone-hint = Times are shown in this zone.
password-change = Change password
password-change-hint = Every other session ends when you change it.
password-changed = The password is changed. Other sessions have ended.
password-current = Current password
password-new = New password
sessions-hint = Where you are signed in. End what you do not know.
sessions-failed = The sessions could not be loaded
sessions-end-others = End all others
session-current = This one
session-end = End
session-end-label = End the session in { $device }
session-unknown = Unknown device
delete-account = Delete account
delete-account-hint = Your profile and your files are erased. Your messages stay, as from a deleted user.
delete-account-text = This cannot be undone. Type your password to go on.

## Places

place-friends = Friends
place-groups = Groups
place-admin = Administration
number = { $count }
waiting-count = { $count } new
write-to = Write a message
copy-by-hand = The browser does not let us copy. Select the text and copy it yourself.
list-failed = This could not be loaded

## Friends

add-friend = Add friend
friend-requests = Requests
friends-blocked = Blocked
friends-failed = Your friends could not be loaded
friends-empty = Your friends will be here. Find people by their names.
friends-empty-guest = Your friends will be here. Somebody can ask you.
friend-accept = Accept
friend-reject = Reject
friend-remove = Remove
friend-removed = { $name } is no longer your friend.
friend-ask-again = Ask again
friend-take-back = Take back
friend-block = Block
friend-unblock = Unblock
peer-blocked = You have blocked this person. Unblock them under Details to write again.
relation-friend = Friend
relation-asked = Asked
relation-asked-me = Asked you
relation-blocked = Blocked
requests-empty = Nobody waits for an answer.
requests-incoming = For you to answer
requests-outgoing = Waiting for an answer
requests-failed = The requests could not be loaded
blocked-empty = You have blocked nobody.
block-title = Block { $name }?
block-text = You will not be friends any more, and neither of you can write to the other. You can unblock them at any time.
guest-no-search = As a guest you cannot look for people. You can answer requests that you get.

## Groups

groups-mine = Your groups
groups-discover = Discover groups
groups-find = Find groups
groups-failed = Your groups could not be loaded
groups-empty = The groups that you are in will be here.
groups-empty-guest = The groups that you are invited to will be here.
guest-no-discover = As a guest you cannot look for groups. Somebody can invite you.
discover-empty = There are no public groups yet.
discover-none = No public group has this name.
group-create = Create group
group-new = New group
group-none-open = Choose a group, or find one.
group-name = Name
group-description = Description
group-description-hint = What it is about, and for whom.
group-visibility = Who finds it
visibility-private = Only its members
visibility-public = Everybody
group-policy = How one comes in
policy-invite = By invitation
policy-approval = By asking
policy-open = By joining
group-public = Public
group-private = Private
group-open = open to everybody
group-approval = by asking
group-by-invite = by invitation
group-archived = Archived
group-in = You are in it
member-count = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
group-about = About the group
group-sections = Parts of the group
group-page = Group page
group-open-chat = Open chat
group-unknown = This group is not there, or not yours to see.
group-unknown-back = Go to your groups
group-failed = The group could not be loaded
group-join = Join
group-ask = Ask to join
group-waiting = You have asked. You will hear when somebody has answered.
group-invite-only = This group takes people by invitation.
group-archived-join = This group is archived.
group-leave = Leave group
group-leave-title = Leave { $name }?
group-leave-text = You will not see its messages any more. Whether you can come back depends on how the group takes people.
group-owner-stays = You own this group. To leave it, first make another member its owner.
group-requests = Join requests
group-requests-count = { $count ->
    [one] { $count } request to join
   *[other] { $count } requests to join
}
group-requests-empty = Nobody is waiting to come in.
group-approve = Approve
group-deny = Deny
group-bans = Banned
bans-empty = Nobody is banned.
bans-failed = The bans could not be loaded
ban-title = Ban { $name }?
ban-text = They leave at once and cannot come back until the ban is lifted.
ban-reason = Reason
ban-reason-hint = Optional. Those who run the group see it.
ban-by = Banned by { $name }
ban-lift = Lift ban
members-failed = The members could not be loaded
members-more = More members
members-search = Find members
members-add = Add people
member-add = Add
member-there = Is a member
member-asked = Invited
member-invited = { $name } decides who adds them, and has been invited.
member-actions = Actions for { $name }
member-make-owner = Make owner
member-make-admin = Make admin
member-make-moderator = Make moderator
member-make-member = Make plain member
member-remove = Remove from group
member-ban = Ban
remove-title = Remove { $name }?
remove-text = They leave at once, and may come back if they are let in again.
transfer-title = Make { $name } the owner?
transfer-text = You will be an admin, and cannot take it back by yourself.
role-owner = owner
role-admin = admin
role-moderator = moderator
role-member = member
group-archive = Archive
group-unarchive = Open again
group-archive-title = Archive
group-archive-text = Everybody can still read an archived group, and nobody can write in it.
group-delete = Delete group
group-delete-hint = The group and its messages are gone for all members.
group-delete-title = Delete { $name }?
group-delete-text = The group and all its messages will be gone for everybody. This cannot be undone.
group-was-archived = { $name } archived the group
group-was-updated = { $name } changed the group
group-read-only = This group is archived. You can read it, but nobody can write.
member-joined-by = { $actor } added { $name }
member-left-by = { $actor } removed { $name }
gone-left = You have left { $name }.
gone-removed = You are no longer a member of { $name }.
gone-banned = You have been banned from { $name }.
gone-deleted = { $name } was deleted.

## Invitations

invite = Invite
invite-title = Invite people
invite-text = Whoever has the link can come in, as long as it is good.
invite-create = Create link
invite-life = Good for
invite-uses = For how many
invite-forever = No limit
invite-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
invite-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
invite-any-uses = Any number
invite-max-uses = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
invites = Links
invites-empty = There is no link yet.
invites-failed = The links could not be loaded
invite-link = Link
invite-copy = Copy link
invite-copied = The link is copied.
invite-used = Used { $uses ->
    [0] by nobody yet
    [one] { $uses } time
   *[other] { $uses } times
}
invite-used-of = Used { $uses } of { $most } times
invite-until = good until { $when }
invite-withdraw = Withdraw
invite-failed = The invitation could not be loaded
invited-to = You are invited to
invite-register = Create an account to join
invite-sign-in = I have an account

## Notifications

notifications = Notifications
notifications-read-all = Mark all as read
notifications-empty = What you should hear of will be here.
notifications-failed = The notifications could not be loaded
notifications-older = Older ones
notification-unread = Unread
unread-notifications = { $count ->
    [one] { $count } unread notification
   *[other] { $count } unread notifications
}

## Reports and administration

report = Report
report-title = Report message
report-text = The moderators will see this message and what you write about it. Its author will not hear who reported it.
report-reason = What is wrong with it?
report-reason-hint = A sentence or two.
report-send = Send report
report-sent = Thank you. You will hear what became of it.
report-by = Reported by { $name }
report-note = Note
report-note-hint = Optional, for the other moderators.
report-dismiss = Dismiss
report-delete = Delete message
report-suspend = Suspend author
report-dismissed = Dismissed
report-deleted = Message deleted
report-suspended = Author suspended
report-resolved-by = by { $name }
reports-open = Open
reports-resolved = Resolved
reports-open-empty = No report waits for you.
reports-resolved-empty = No report has been resolved yet.
admin-reports = Reports
admin-users = Users
admin-audit = Audit log
admin-stats = Figures
admin-find-users = Find users
admin-no-users = Nobody fits.
admin-role = Role
admin-any-role = Any role
admin-suspended = Suspended
admin-never = no session
admin-last-seen = last here { $when }
admin-reset-link = Reset link
admin-reset-text = By this link, { $name } can set a new password once. Hand it over in private.
admin-reset-make = Make a link
admin-reset-failed = The link could not be made
admin-suspend = Suspend
admin-restore = Lift suspension
admin-suspend-title = Suspend { $name }?
admin-suspend-text = Their sessions end at once, and they cannot sign in until the suspension is lifted.
admin-restore-title = Let { $name } in again?
admin-restore-text = They can sign in again.
admin-role-title = Make { $name } { $role }?
admin-role-text = What they may do changes at once.
admin-role-set = Change role
global-superuser = superuser
global-admin = administrator
global-moderator = moderator
global-user = user
global-guest = guest
audit-hint = Each entry is chained to the one before, so that no change goes unseen. Denied attempts are kept, too.
audit-empty = There are no such entries.
audit-by = By { $name }
audit-operator = operator
audit-number = No.
audit-when = When
audit-who = Who
audit-what = What
audit-target = To what
audit-outcome = Outcome
audit-done = done
audit-denied = denied
stats-failed = The figures could not be loaded
stats-users = Accounts
stats-active = Active within a day
stats-suspended = Suspended
stats-sessions = Sessions
stats-direct = Direct conversations
stats-groups = Groups
stats-reports = Open reports
stats-by-role = Accounts by role
audit-any = Anything
act-user-create = Make an account
act-user-set_role = Change a role
act-user-suspend = Suspend
act-user-restore = Lift a suspension
act-user-reset_link = Make a reset link
act-user-reset_password = Reset a password
act-group-update = Change a group
act-group-delete = Delete a group
act-group-set_role = Change a role in a group
act-group-add_member = Add a member
act-group-remove_member = Remove a member
act-group-ban = Ban a member
act-group-unban = Lift a ban
act-group-invite = Invite to a group
act-group-answer_join_request = Answer a join request
act-task-retry = Try a task again
act-tasks-list = List tasks
act-message-delete = Delete a message
act-report-resolve = Resolve a report
act-users-list = List users
act-stats-read = Read the figures
act-reports-list = List reports
act-audit-read = Read the audit log

## Setting a new password

reset-title = Set a new password
reset-text = Your other sessions end when you do.
reset-done = Your password is set. Sign in with it.
reset-invalid = This link was used already, or is too old. Ask for a new one.
