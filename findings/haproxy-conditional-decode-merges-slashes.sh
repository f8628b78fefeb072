#!/bin/sh
# HAProxy 2.6.12 (Debian 12; 3.0.11 of Debian 13 too): `http-request normalize-uri
# percent-decode-unreserved if COND` does not decode. It merges slashes, without a warning, as if
# path-merge-slashes had been written. Without a condition it decodes; with `strict` before the
# condition it decodes as well.
#
# For us: haproxy/edge.cfg says `strict` wherever decoding has a condition.
#
# Wants apt-get, curl and HAProxy's libraries of Debian 12. Exit 1: it has changed.
set -eu
version=2.6.12-1+deb12u4
work=$(mktemp -d)
haproxy=
trap 'kill "$haproxy" 2>/dev/null && wait "$haproxy" 2>/dev/null || :; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q "haproxy=$version" libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 \
	>/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
{
	printf 'global\n  expose-experimental-directives\n'
	printf 'defaults\n  mode http\n  timeout client 5s\n  timeout connect 1s\n  timeout server 1s\n'
	i=0
	for rest in '' 'if TRUE' 'strict' 'strict if TRUE'; do
		i=$((i + 1))
		printf 'frontend f%s\n  bind unix@%s/%s.sock\n' $i "$work" $i
		printf '  http-request normalize-uri percent-decode-unreserved %s\n' "$rest"
		printf '  http-request return status 200 content-type text/plain lf-string "%%[path]"\n'
	done
} > haproxy.cfg
root/usr/sbin/haproxy -db -f haproxy.cfg >log 2>&1 &
haproxy=$!
tries=0
until [ -S 4.sock ]; do
	tries=$((tries + 1))
	[ $tries -lt 50 ] || { cat log; exit 1; }
	sleep 0.1
done
ask() { curl -s --path-as-is --unix-socket "$1.sock" 'http://h//a%41'; }
got="percent-decode-unreserved: $(ask 1)
percent-decode-unreserved if TRUE: $(ask 2)
percent-decode-unreserved strict: $(ask 3)
percent-decode-unreserved strict if TRUE: $(ask 4)"
root/usr/sbin/haproxy -v | head -n 1
echo "//a%41 becomes"
echo "$got"
wanted='percent-decode-unreserved: //aA
percent-decode-unreserved if TRUE: /a%41
percent-decode-unreserved strict: //aA
percent-decode-unreserved strict if TRUE: //aA'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
