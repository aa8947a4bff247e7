#!/bin/sh
# Brings the schema of the engine's two databases to the version of this image; run again, it changes nothing.
# SQL_PLUGIN, SQL_HOST, SQL_PORT and SQL_USER are read by temporal-sql-tool itself.
set -eu

: "${SQL_PLUGIN:?}" "${SQL_HOST:?}" "${SQL_PORT:?}" "${SQL_USER:?}"
schemas=${SCHEMA_FOLDER:-/etc/temporal/schema/postgresql/v12}
SQL_PASSWORD=$(cat "${SQL_PASSWORD_FILE:?}")
export SQL_PASSWORD

bring_up_to_date() { # database, folder of its schema
    if [ ! -d "$schemas/$2/versioned" ]; then
        echo "setup-schema: $schemas/$2/versioned is not in this image; check the version of temporalio/admin-tools" >&2
        exit 1
    fi
    # Creating needs a role that may create databases. Here docker/postgresql/10-roles.sh has made them already.
    if [ "${CREATE_DATABASES:-no}" = yes ]; then
        temporal-sql-tool --db "$1" create
    fi
    # setup-schema makes the version tables and leaves a higher version alone; update-schema does the rest.
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "$schemas/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
echo "setup-schema: both databases are up to date"
