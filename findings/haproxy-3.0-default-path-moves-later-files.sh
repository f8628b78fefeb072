#!/bin/sh
# HAProxy 3.0.11 (Debian 13): after `default-path config` in one file, the next file of the
# command line (-f) is looked for from the directory of the first, when its path is relative;
# 2.6.12 (Debian 12) looks from where it was started. The manual speaks of the paths that
# *follow in the files* only. Whole paths work in both.
#
# For us: the runner gives HAProxy whole paths (run/balancers.py).
#
# Wants root, apt-get and mmdebstrap, on Debian 12. Exit 1: it has changed.
set -eu
old=2.6.12-1+deb12u4
new=3.0.11-1+deb13u4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -q "haproxy=$old" libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 \
	>/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" old; done
mmdebstrap --quiet --variant=minbase --include="haproxy=$new" trixie new >/dev/null 2>&1
for root in old new; do
	mkdir -p "$root/f/dir"
	printf 'global\n  default-path config\n' > "$root/f/dir/1.cfg"
	printf 'defaults\n  timeout client 1s\n  timeout connect 1s\n  timeout server 1s\n' > "$root/f/dir/2.cfg"
	printf 'frontend f\n  bind 127.0.0.1:1\n' > "$root/f/dir/3.cfg"
done
check() { # DIR: how the files are named
	set -- -c -f "$1/1.cfg" -f "$1/2.cfg" -f "$1/3.cfg"
	if "$run" "$@" >log 2>&1; then echo taken
	elif grep -q "Could not open configuration file" log; then echo "not found"
	else cat log; fi
}
run_old() { (cd old/f && LD_LIBRARY_PATH="$work/old/usr/lib/x86_64-linux-gnu" "$work/old/usr/sbin/haproxy" "$@"); }
run_new() { chroot new sh -c 'cd /f && exec haproxy "$@"' haproxy "$@"; }
run=run_old
got="2.6: relative $(check dir), whole $(check "$work/old/f/dir")"
run=run_new
got="$got
3.0: relative $(check dir), whole $(check /f/dir)"
echo "$got"
wanted='2.6: relative taken, whole taken
3.0: relative not found, whole taken'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
