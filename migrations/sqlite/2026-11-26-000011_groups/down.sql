DROP TABLE invites;
DROP TABLE group_bans;
DROP TABLE join_requests;
DROP INDEX memberships_role;
ALTER TABLE memberships DROP COLUMN role;
DROP TABLE group_names;
DROP TABLE groups;
