#!/bin/sh
# MariaDB 10.11.19 (Debian 12): SHOW GRANTS names the columns of a right in one order after the
# GRANT that gave it, and in another once the server has read its tables of rights anew (at a
# start, or at FLUSH PRIVILEGES). The rights are the same. The manual's page promises no order;
# who compares the lines with what they were finds rights "changed" by a restart.
#
# For us: sql/migrate sorts the columns before it compares. Until it did, it took rights away and
# gave them again after each restart of the database, while requests were served.
#
# Wants root or any user, apt-get, and MariaDB's libraries of Debian 12. Exit 1: changed.
set -eu
version=1:10.11.19-0+deb12u1
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" \
	"libmariadb3=$version" liburing2 >/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
mkdir data
root/usr/bin/mariadb-install-db --no-defaults --user="$(id -un)" --basedir="$work/root/usr" \
	--datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
root/usr/sbin/mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" \
	--lc-messages-dir="$work/root/usr/share/mysql" --socket="$work/s" --skip-networking \
	>server.log 2>&1 &
server=$!
sql() {
	root/usr/bin/mariadb --no-defaults --socket="$work/s" --user=root -N "$@"
}
tries=0
until sql -e 'SELECT 1' >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { cat server.log; exit 1; }
	sleep 0.2
done
columns() {
	sql -e 'SHOW GRANTS FOR reader@localhost' | sed -n 's/^GRANT SELECT (\(.*\)) ON.*/\1/p' | tr -d '` '
}
sql -e 'CREATE DATABASE d; CREATE TABLE d.t (alpha INT, beta INT, gamma INT, delta INT);
        CREATE USER reader@localhost; GRANT SELECT (alpha, beta, gamma, delta) ON d.t TO reader@localhost'
granted=$(columns)
sql -e 'FLUSH PRIVILEGES'
read_anew=$(columns)
echo "MariaDB $version"
echo "after GRANT:            $granted"
echo "after FLUSH PRIVILEGES: $read_anew"
sorted() {
	echo "$1" | tr , '\n' | sort
}
[ "$(sorted "$granted")" = "$(sorted "$read_anew")" ] || { echo "not the same columns"; exit 1; }
[ "$granted" != "$read_anew" ] || { echo "not as it was seen: two orders"; exit 1; }
