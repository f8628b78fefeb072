#!/bin/sh
# MariaDB 10.11.19 (Debian 12): information_schema.INNODB_TRX is a copy that is made anew only when
# nobody has read it for 0.1 s. Whoever asks more often than that, alone or together with others,
# is shown the state of the first question for as long as they go on: here a transaction that waits
# for a lock for 3 s is not among them in 2 s of questions every 20 ms, and is at once in those
# every 150 ms. The manual's page of the table says nothing of a copy.
#
# For us: tests that wait until somebody waits for a lock (tests/api/database.py) ask every 0.15 s.
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
root/usr/bin/mariadb-install-db --no-defaults --user="$(id -un)" --basedir=root/usr --srcdir=root/usr \
	--datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db \
	>install.log 2>&1 || root/usr/sbin/mariadbd --no-defaults --version >/dev/null
root/usr/sbin/mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" \
	--lc-messages-dir="$work/root/usr/share/mysql" --socket="$work/s" --skip-networking \
	--skip-grant-tables >server.log 2>&1 &
server=$!
sql() {
	root/usr/bin/mariadb --no-defaults --socket="$work/s" -N "$@"
}
tries=0
until sql -e 'SELECT 1' >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { cat server.log; exit 1; }
	sleep 0.2
done
sql -e 'CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO d.t VALUES (1)'

# seen EVERY: of 2 s of questions, how many show the one that has begun to wait 0.3 s after the
# first of them, and waits until they have ended.
seen() {
	sql d <<-SQL &
		DELIMITER //
		BEGIN NOT ATOMIC
		  DECLARE n, found INT DEFAULT 0;
		  WHILE n * $1 < 2 DO
		    SET found = found + (SELECT COUNT(*) FROM information_schema.INNODB_TRX
		      WHERE trx_state = 'LOCK WAIT'), n = n + 1;
		    DO SLEEP($1);
		  END WHILE;
		  SELECT IF(found > 0, 'seen', 'not seen');
		END//
	SQL
	asks=$!
	sql d -e 'BEGIN; SELECT id FROM t FOR UPDATE; DO SLEEP(3.5)' >/dev/null &
	holds=$!
	sleep 0.3
	sql d -e 'SET innodb_lock_wait_timeout = 10; BEGIN; SELECT id FROM t FOR UPDATE' >/dev/null
	wait $asks $holds
}
got="every 20 ms: $(seen 0.02), every 150 ms: $(seen 0.15)"
echo "$got"
[ "$got" = "every 20 ms: not seen, every 150 ms: seen" ]
