#!/bin/sh
# HAProxy 2.6.12 (Debian 12, PCRE2 with JIT): where memory that is written may not be executed
# (systemd's MemoryDenyWriteExecute=yes, prctl PR_SET_MDWE), a configuration with any regular
# expression is refused as wrong: "jit compilation failed". PCRE2 itself would go on without its
# JIT, as nginx does there. Without a regular expression HAProxy does not mind.
#
# For us: allday-balancer.service says MemoryDenyWriteExecute=no; that of nginx does not.
#
# Wants apt-get, python3 and Linux 6.3. Exit 1: it has changed.
set -eu
version=2.6.12-1+deb12u4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q "haproxy=$version" libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 \
	>/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
config() {
	printf 'frontend f\n  mode http\n  bind 127.0.0.1:1\n  timeout client 1s\n  http-request deny if { path %s }\n' "$1"
}
config '-m reg ^/a' > regex.cfg
config '-m beg /a' > plain.cfg
# ask FILE [no]: does HAProxy take it, with "no" without executable memory?
ask() {
	python3 -c '
import ctypes, os, sys
if len(sys.argv) > 2:
    assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0, "no PR_SET_MDWE here"
os.execv("root/usr/sbin/haproxy", ["haproxy", "-c", "-f", sys.argv[1]])' "$@" >log 2>&1 &&
		echo taken || { grep -q 'jit compilation failed' log && echo 'jit compilation failed' || { echo other; cat log; }; }
}
got="plain: $(ask plain.cfg), $(ask plain.cfg no)
regex: $(ask regex.cfg), $(ask regex.cfg no)"
root/usr/sbin/haproxy -v | head -n 1
echo "$got"
wanted='plain: taken, taken
regex: taken, jit compilation failed'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
