#!/bin/sh
# Knot 3.2.6 (Debian 12): `knotc zone-set` of a record that exists with another TTL says "such
# record already exists in zone" and ends with 1, and yet the commit gives the record the new TTL.
# A secondary that takes the difference (IXFR) loses it, at the same serial. 3.4.6 (Debian 13) says
# the same and changes nothing. When it is unset first, in the same transaction, both have it.
#
# For us: dns/steer/publish.c unsets what has another TTL before it sets anything.
#
# Wants knotd and knotc. Exit 1: it has changed.
set -eu
PATH=$PATH:/usr/sbin
work=$(mktemp -d)
first='' second=''
trap 'kill $first $second 2>/dev/null || :; wait; rm -rf "$work"' EXIT
cd "$work"
mkdir a b
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
a=$(port) b=$(port)
printf '@ 5 SOA ns hostmaster 1 3600 600 86400 5\n@ 5 NS ns\nns 5 A 127.0.0.1\napp 5 A 127.0.0.1\n' > a/zone
# config NAME PORT REMOTE-PORT ACTION ZONE-LINES
config() {
	cat > "$1.conf" <<END
server: {listen: 127.0.0.1@$2, rundir: $work/$1}
database: {storage: $work/$1}
remote: [{id: other, address: 127.0.0.1@$3}]
acl: [{id: other, address: 127.0.0.1, action: $4}]
zone: [{domain: todo.test, storage: $work/$1, acl: other, $5}]
END
}
config a "$a" "$b" transfer 'file: zone, notify: other'
config b "$b" "$a" notify 'master: other'
knotd -c a.conf > a.log 2>&1 & first=$!
knotd -c b.conf > b.log 2>&1 & second=$!
at() { knotc -s "$work/$1/knot.sock" -x zone-read todo.test "$2" "$3" 2>/dev/null || :; }
tell() { verb=$1; shift; knotc -s a/knot.sock "$verb" todo.test "$@" > told 2>&1 || :; }
serial() { at "$1" @ SOA | sed 's/.*hostmaster[^ ]* \([0-9]*\) .*/\1/'; }
same() { while [ -z "$(serial a)" ] || [ "$(serial a)" != "$(serial b)" ]; do sleep 0.05; done; }
show() { echo "$1: first $(at a app A | cut -d' ' -f3,5), second $(at b app A | cut -d' ' -f3,5)"; }
same
tell zone-begin
tell zone-set app 7 A 127.0.0.1
cp told said
tell zone-commit
same
got="$(cut -d')' -f1 said)
$(show set)"
tell zone-begin
tell zone-unset app A 127.0.0.1
tell zone-set app 9 A 127.0.0.1
tell zone-commit
same
got="$got
$(show 'unset, set')"
knotd --version
echo "$got"
wanted='error: (such record already exists in zone
set: first 7 127.0.0.1, second 
unset, set: first 9 127.0.0.1, second 9 127.0.0.1'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
