#!/bin/sh
# Runs Plexus in the foreground. `exec`, so that signals reach it.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh
exec node_modules/.bin/node --max-semi-space-size=64 --enable-source-maps apps/plexus/dist/main.js "$@"
