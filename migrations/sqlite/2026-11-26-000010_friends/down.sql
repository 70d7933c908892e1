ALTER TABLE conversations DROP COLUMN member_count;
DROP TABLE blocks;
DROP TABLE friend_requests;
DROP TABLE friendships;
