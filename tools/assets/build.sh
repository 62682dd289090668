#!/usr/bin/env bash
# Builds src/seatrobot/web/static/vendor/ from the npm packages pinned in package.json.
# The result is committed: running Seatrobot needs no node. Needs node 18+ and npm.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
vendor="$here/../../src/seatrobot/web/static/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cp "$here"/package.json "$here"/*.mjs "$here"/*.txt "$work"
cd "$work"
npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error

out="$work/out"
inter="node_modules/@fontsource-variable/inter"
mkdir -p "$out/inter"
node trim.mjs node_modules/@tabler/core/dist/css/tabler.min.css tabler-unused.txt > "$out/tabler.css"
node sprite.mjs icons.txt node_modules/@tabler/icons/icons/outline > "$out/icons.svg"
cp node_modules/htmx.org/dist/htmx.min.js "$out/htmx.js"
cp $inter/files/inter-{latin,latin-ext,greek,cyrillic,vietnamese}-wght-normal.woff2 "$out/inter/"
node fonts.mjs "$inter/wght.css" "$out/inter" > "$out/inter/inter.css"
node licenses.mjs > "$out/LICENSES.txt"

rm -rf "$vendor"
mkdir -p "$vendor"
cp -r "$out"/. "$vendor"
find "$vendor" -type f -exec chmod 0644 {} +
du -sh "$vendor"
