#!/bin/bash
# Roles and databases, made once, when the database folder is empty: one owner for the engine's two databases,
# one for the records. Neither may create databases or see the other's.
set -euo pipefail

folder=${SECRETS_FOLDER:-/run/secrets}
TEMPORAL_DB_PASSWORD=$(<"$folder/temporal_db_password")
LEERP_DB_PASSWORD=$(<"$folder/leerp_db_password")
if [ -z "$TEMPORAL_DB_PASSWORD" ] || [ -z "$LEERP_DB_PASSWORD" ]; then
    echo "10-roles.sh: a password in $folder is empty; run docker/make-secrets.sh and start with an empty volume" >&2
    exit 1
fi
export TEMPORAL_DB_PASSWORD LEERP_DB_PASSWORD

# \getenv keeps the passwords out of the process list.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv leerp_password LEERP_DB_PASSWORD
SET password_encryption = 'scram-sha-256';
CREATE ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'temporal_password';
CREATE ROLE leerp LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'leerp_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE leerp OWNER leerp;
REVOKE ALL ON DATABASE temporal, temporal_visibility, leerp FROM PUBLIC;
SQL
