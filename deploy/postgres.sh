#!/bin/sh
# Runs once, when the database is made: the application's role owns its own database, and nothing else.
set -eu
password=$(cat /run/studyhall/password)
psql --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" --dbname postgres <<'END'
CREATE ROLE studyhall LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE studyhall OWNER studyhall;
REVOKE ALL ON DATABASE studyhall FROM PUBLIC;
END
