#!/bin/sh
# npm test [-- [--full] [--serial] [part …]]: every check and every test, or the parts that are named. See scripts/test.ts.
set -eu
cd "$(dirname "$0")/.."
sh scripts/prepare.sh --install-only
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec node scripts/test.ts "$@"
