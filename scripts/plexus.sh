#!/bin/sh
# npm run plexus -- <command>: the operator's command line, for example `npm run plexus -- user create --admin alice`.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh
[ $# -gt 0 ] || set -- --help
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node-compile}"
exec node_modules/.bin/node dist/plexus.js "$@"
