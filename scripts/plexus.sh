#!/bin/sh
# npm run plexus -- <command>: the operator's command line, for example `npm run plexus -- user create --admin alice`.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh
[ $# -gt 0 ] || set -- --help
exec node_modules/.bin/node --enable-source-maps apps/plexus/dist/main.js "$@"
