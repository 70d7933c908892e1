DROP TABLE outbox;
DROP TABLE memberships;
DROP TABLE conversations;
