#!/bin/sh
# MariaDB 10.11.19 and its Connector/C (Debian 12): a prepared SELECT that is executed again is
# answered without its columns' descriptions (MARIADB_CLIENT_CACHE_METADATA, which the library asks
# for by itself); the same SELECT in a prepared compound statement (BEGIN NOT ATOMIC … END) is
# answered with all of them each time, so that a row of many columns costs more bytes than a second
# question would. The manual of the flag speaks of prepared statements without an exception.
#
# For us: lib/db/db.c sends START TRANSACTION and COMMIT along in a compound statement, but only with
# statements that write; rows are read by statements of their own.
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
for name in ("mysql_init", "mysql_real_connect", "mysql_stmt_init", "mysql_store_result",
             "mysql_fetch_row"):
    getattr(c, name).restype = ctypes.c_void_p
my = ctypes.c_void_p(c.mysql_init(None))
assert c.mysql_real_connect(my, None, b"root", b"", b"", 0, sys.argv[1].encode(), ctypes.c_ulong(0))

def sent():
    assert c.mysql_query(my, b"SHOW SESSION STATUS LIKE 'Bytes_sent'") == 0
    result = ctypes.c_void_p(c.mysql_store_result(my))
    row = ctypes.cast(ctypes.c_void_p(c.mysql_fetch_row(result)), ctypes.POINTER(ctypes.c_char_p))
    n = int(row[1])
    c.mysql_free_result(result)
    return n

select = b"SELECT " + b", ".join(b"%d AS column_%d" % (n, n) for n in range(20))
own = sent()
own = sent() - own  # what the question itself takes
for name, sql in ("plain", select), ("compound", b"BEGIN NOT ATOMIC " + select + b"; END"):
    st = ctypes.c_void_p(c.mysql_stmt_init(my))
    assert c.mysql_stmt_prepare(st, sql, ctypes.c_ulong(len(sql))) == 0
    for turn in range(3):
        before = sent()
        assert c.mysql_stmt_execute(st) == 0
        assert c.mysql_stmt_store_result(st) == 0
        while c.mysql_stmt_next_result(st) == 0:
            pass
        bytes = sent() - before - own
    print(f"{name}: {'with' if bytes > 500 else 'without'} the columns' descriptions")
    print(f"{name}: {bytes} bytes", file=sys.stderr)
    c.mysql_stmt_close(st)
PY
)
echo "MariaDB $version"
echo "$got"
wanted="plain: without the columns' descriptions
compound: with the columns' descriptions"
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
