#!/bin/sh
# npm run bench [-- --large | --quick | --seconds N | --rounds N | --only <part of a scenario's name> | --targets synapse,embedded,cluster | --keep]
# Compares Plexus with Synapse on this machine; --keep writes docs/measurements/bench.md.
set -eu
cd "$(dirname "$0")/.."
case " $* " in *' --help '* | *' -h '*) exec sed -n 's/^# //p' scripts/bench.sh ;; esac
sh scripts/prepare.sh
exec node_modules/.bin/node tests/load/bench.ts "$@"
