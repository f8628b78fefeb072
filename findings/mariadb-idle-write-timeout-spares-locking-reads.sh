#!/bin/sh
# MariaDB 10.11.19 (Debian 12): idle_write_transaction_timeout=1 ends an idle transaction that
# has changed a row, and its locks. One that holds locks by SELECT ... FOR UPDATE or LOCK IN SHARE
# MODE is no "write" to it: it stays for ever, and so do its locks. idle_transaction_timeout=1 ends
# all of them after a second.
#
# Seen here: what each left behind after three idle seconds, asked by a second session with
# innodb_lock_wait_timeout=1. For us: lib/db/db.c sets idle_transaction_timeout.
#
# Wants root or any user, apt-get, and MariaDB's libraries of Debian 12. Exit 1: it has changed.
set -eu
version=1:10.11.19-0+deb12u1
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
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
root/usr/sbin/mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" \
	--lc-messages-dir="$work/root/usr/share/mysql" --socket="$work/s" --skip-networking \
	--skip-grant-tables >server.log 2>&1 &
server=$!
sql() { root/usr/bin/mariadb --no-defaults --socket="$work/s" -NB "$@" 2>&1; }
tries=0
until sql -e 'SELECT 1' >/dev/null; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { cat server.log; exit 1; }
	sleep 0.2
done
sql -e 'CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB;
	INSERT INTO d.t VALUES (1, 1)'

# held TIMEOUT STATEMENT: is the row still locked three seconds after the statement?
held() {
	(echo "SET $1=1; BEGIN; $2;"; sleep 5) | sql d >/dev/null &
	holder=$!
	sleep 3
	if sql d -e 'SET innodb_lock_wait_timeout=1; UPDATE t SET v=v+2 WHERE id=1' | grep -q 1205
	then echo locked; else echo free; fi
	wait $holder || :
	sql d -e 'UPDATE t SET v=1 WHERE id=1'
}
got=$(
	echo "write, a row changed: $(held idle_write_transaction_timeout 'UPDATE t SET v=v+1 WHERE id=1')"
	echo "write, SELECT FOR UPDATE: $(held idle_write_transaction_timeout 'SELECT * FROM t WHERE id=1 FOR UPDATE')"
	echo "write, SHARE MODE: $(held idle_write_transaction_timeout 'SELECT * FROM t WHERE id=1 LOCK IN SHARE MODE')"
	echo "any, SELECT FOR UPDATE: $(held idle_transaction_timeout 'SELECT * FROM t WHERE id=1 FOR UPDATE')"
	echo "any, SHARE MODE: $(held idle_transaction_timeout 'SELECT * FROM t WHERE id=1 LOCK IN SHARE MODE')"
)
wanted='write, a row changed: free
write, SELECT FOR UPDATE: locked
write, SHARE MODE: locked
any, SELECT FOR UPDATE: free
any, SHARE MODE: free'
echo "MariaDB $(sql -e 'SELECT VERSION()')"
echo "$got"
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
