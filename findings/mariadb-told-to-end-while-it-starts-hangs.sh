#!/bin/sh
# MariaDB 10.11.19 (Debian 12): a SIGTERM that comes while the server starts may be its last word.
# Depending on the moment it ends at once, ends in order, or never: it is neither ready nor gone,
# its signal thread has ended, and another SIGTERM stays pending. Only SIGKILL helps.
#
# Seen here: for a hundred moments after the start, those that still run six seconds after the
# signal. For us: run/processes.py waits three seconds for what has not worked yet.
#
# Wants root or any user, apt-get, and MariaDB's libraries of Debian 12. Exit 1: it has changed.
set -eu
version=1:10.11.19-0+deb12u1
work=$(mktemp -d)
trap 'kill -9 $server 2>/dev/null && wait $server 2>/dev/null || :; rm -rf "$work"' EXIT
server=
cd "$work"
chmod 755 .
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" \
	"libmariadb3=$version" liburing2 >/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
mkdir data
root/usr/bin/mariadb-install-db --no-defaults --user="$(id -un)" --basedir=root/usr --srcdir=root/usr \
	--datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db \
	>install.log 2>&1 || root/usr/sbin/mariadbd --no-defaults --version >/dev/null

# ended MILLISECONDS: has it ended six seconds after a signal that came then?
ended() {
	root/usr/sbin/mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" \
		--lc-messages-dir="$work/root/usr/share/mysql" --socket="$work/s" --skip-networking \
		--skip-grant-tables >server.log 2>&1 &
	server=$!
	sleep "0.$(printf %03d "$1")"
	kill "$server"
	tries=0
	while kill -0 "$server" 2>/dev/null && [ "$(ps -o stat= -p "$server")" != Z ]; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || return 1
		sleep 0.1
	done
}

moment=0
while [ $moment -lt 300 ]; do
	moment=$((moment + 3))
	if ! ended $moment; then
		kill "$server"
		sleep 2
		grep -E '^(ShdPnd|State)' "/proc/$server/status"
		echo "told to end $moment ms after its start, it hangs: $(tail -1 server.log)"
		exit 0
	fi
done
echo "it has ended each time"
exit 1
