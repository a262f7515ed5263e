#!/bin/sh
# Runs once, inside the PostgreSQL container, when its volume is empty.
set -eu
OWNER_PASSWORD="$(cat /run/secrets/owner_password)"
APP_PASSWORD="$(cat /run/secrets/app_password)"
export OWNER_PASSWORD APP_PASSWORD
exec psql -X -q -v ON_ERROR_STOP=1 -U postgres -d postgres -f /kaizo-sql/roles.sql
