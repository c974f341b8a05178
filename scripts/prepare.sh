#!/bin/sh
# Makes a fresh checkout ready to run: dependencies, then the build. Says something only where it takes long or fails.
# With --install-only it leaves the build out.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "$1" >&2
  exit 1
}

command -v node >/dev/null || fail 'Plexus needs Node 20 or newer with npm: install it from https://nodejs.org or your distribution.'
command -v npm >/dev/null || fail 'Plexus needs npm, which comes with Node: install it beside Node.'
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || fail "Plexus needs Node 20 or newer to install itself, and this is Node $major: install a newer one."

stamp=node_modules/.plexus-stamp
wanted=$(cat package.json package-lock.json patches/* apps/*/package.json libs/*/package.json | cksum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
  echo 'Installing dependencies, about a minute …' >&2
  log=$(mktemp)
  # A patch applies to a package as it was published, not to one that an earlier patch has changed.
  for patch in patches/*.patch; do
    package=$(basename "${patch%+*}" | tr + /)
    rm -rf "node_modules/$package"
  done
  npm install --no-save --no-audit --no-fund --loglevel=error >"$log" 2>&1 || {
    cat "$log" >&2
    fail 'The dependencies could not be installed: see above.'
  }
  rm -f "$log"
  printf '%s\n' "$wanted" >"$stamp"
fi

[ -x node_modules/.bin/node ] || fail 'There is no Node 24 for this platform among the dependencies: Plexus runs on Linux with x64 or arm64.'
[ "${1-}" = --install-only ] && exit 0

# To ask the compiler whether something has changed takes as long as half a start. Directories have changed where a file has gone.
built=dist/.built
if [ -f dist/plexus.js ] && [ -f "$built" ]; then
  changed=$(find tsconfig*.json package.json package-lock.json patches scripts/bundle* apps/*/src apps/*/*.json libs/*/src libs/*/*.json -newer "$built" | head -n 1)
  [ -n "$changed" ] || exit 0
else
  echo 'Building …' >&2
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
# What is changed while it is built is built again the next time.
mkdir -p dist
began="$built.$$"
: >"$began"
{ tsc -b && node scripts/bundle.ts --if-stale; } >&2 || { rm -f "$began"; fail 'The build failed: see above.'; }
mv "$began" "$built"
