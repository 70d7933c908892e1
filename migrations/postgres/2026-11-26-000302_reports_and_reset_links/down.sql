DROP TABLE reports;
DROP TABLE password_resets;
