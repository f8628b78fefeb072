#!/bin/sh
# MariaDB Connector/C 3.3 (libmariadb3 10.11.19, Debian 12): where rows are read one by one
# (no mysql_stmt_store_result()) and the server ends the result with an error, mysql_stmt_fetch()
# returns 1, but mysql_stmt_errno() is 0 and mysql_stmt_error() empty; mysql_errno() of the
# connection has it. The manual says that a 1 of mysql_stmt_fetch() is explained by
# mysql_stmt_errno(). With mysql_stmt_store_result() the statement has it too.
#
# For us: lib/db/db.c asks the connection for an error between two rows.
#
# Wants root or any user, apt-get, python3, and MariaDB's libraries of Debian 12. Exit 1: changed.
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
tries=0
until root/usr/bin/mariadb --no-defaults --socket="$work/s" -e 'SELECT 1' >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { cat server.log; exit 1; }
	sleep 0.2
done
got=$(python3 - "$work/s" <<'PY'
import ctypes, sys
c = ctypes.CDLL("libmariadb.so.3")
for name in ("mysql_init", "mysql_real_connect", "mysql_stmt_init"):
    getattr(c, name).restype = ctypes.c_void_p
# The third row cannot be had: a subquery with two rows (1242).
SQL = (b"SELECT n, IF(n = 3, (SELECT 1 UNION SELECT 2), 0)"
       b" FROM (SELECT 1 n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) t")
my = ctypes.c_void_p(c.mysql_init(None))
assert c.mysql_real_connect(my, None, b"root", b"", b"", 0, sys.argv[1].encode(), ctypes.c_ulong(0))
for store in (False, True):
    st = ctypes.c_void_p(c.mysql_stmt_init(my))
    assert c.mysql_stmt_prepare(st, SQL, ctypes.c_ulong(len(SQL))) == 0
    assert c.mysql_stmt_execute(st) == 0
    said = c.mysql_stmt_store_result(st) if store else 0
    rows = 0
    while said == 0 and (said := c.mysql_stmt_fetch(st)) == 0:
        rows += 1
    print(f"{'stored' if store else 'one by one'}: {rows} rows, then {said};"
          f" statement {c.mysql_stmt_errno(st)}, connection {c.mysql_errno(my)}")
    c.mysql_stmt_close(st)
PY
)
echo "MariaDB $version"
echo "$got"
wanted='one by one: 2 rows, then 1; statement 0, connection 1242
stored: 0 rows, then 1; statement 1242, connection 1242'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
