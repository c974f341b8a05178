#!/bin/sh
# Runs Plexus in the foreground. `exec`, so that signals reach it.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node-compile}"
exec node_modules/.bin/node --min-semi-space-size=8 --max-semi-space-size=64 --initial-old-space-size=160 dist/plexus.js "$@"
