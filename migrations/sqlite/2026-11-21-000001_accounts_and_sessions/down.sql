DROP TABLE revocations;
DROP TABLE counters;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE account_names;
DROP TABLE accounts;
