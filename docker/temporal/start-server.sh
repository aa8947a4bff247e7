#!/bin/sh
# Starts the engine with its database password from a file: the server itself reads it from the environment only.
set -eu

POSTGRES_PWD=$(cat "${POSTGRES_PWD_FILE:?}")
export POSTGRES_PWD
if [ ! -r "${DYNAMIC_CONFIG_FILE_PATH:?}" ]; then
    echo "start-server: cannot read $DYNAMIC_CONFIG_FILE_PATH; check how docker/temporal is mounted" >&2
    exit 1
fi

if [ -n "${TEMPORAL_AUTH_AUTHORIZER:-}" ]; then
    exec temporal-server start
fi
# Without an authorizer everybody on the engine's network may do everything. That is said aloud, not left to a default.
echo "start-server: no authorizer is set; whoever reaches this engine commands it (docker/README.md, Tokens)" >&2
exec temporal-server --allow-no-auth start
