#!/bin/sh
# The two roles of igny8-storage's README: one owns the tables, one is the program's and sees no more than row-level security
# lets it. The image runs this once, as the superuser, when the database is new.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
    --set owner_password="$IGNY8_OWNER_PASSWORD" --set app_password="$IGNY8_APP_PASSWORD" --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE igny8_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE igny8_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE :"database" TO igny8_owner;
-- TEMPORARY: keyword files are copied into a temporary table first.
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO igny8_app;
SQL
