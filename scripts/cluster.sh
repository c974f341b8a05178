#!/bin/sh
# npm run cluster [-- --replicas N]: the separate services without Docker. See scripts/cluster.ts.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh
exec node_modules/.bin/node scripts/cluster.ts "$@"
