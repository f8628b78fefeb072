#!/bin/sh
# HAProxy 2.6.12 (Debian 12) and 3.0.11 (Debian 13): of an answer 503 that `retry-on 503` sends to
# another server (option redispatch 1), the statistics of the server that gave it count a session
# (stot) and a redispatch (wredis), but no response: hrsp_5xx, eresp, econ and req_tot stay 0. The
# same holds for a server that refuses connections, where even econ ("connection errors") stays
# 0. An answer 500, which is not retried, is in hrsp_5xx. So whoever judges servers by their error
# columns, while requests are retried, calls one good that has answered nothing but 503.
#
# For us: a server's failures are hrsp_5xx + wredis, its requests stot.
#
# Wants root, apt-get, curl, python3 and mmdebstrap, on Debian 12. Exit 1: it has changed.
set -eu
old=2.6.12-1+deb12u4
new=3.0.11-1+deb13u4
work=$(mktemp -d)
pids=
trap '[ -z "$pids" ] || kill $pids; rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -q "haproxy=$old" libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 \
	>/dev/null 2>&1
for deb in *.deb; do dpkg -x "$deb" old; done
mmdebstrap --quiet --variant=minbase --include="haproxy=$new" trixie new >/dev/null 2>&1

# Ports that are free: of the front, the good server and the bad one.
ports=$(python3 -c '
import socket
all = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(each.getsockname()[1] for each in all))')
set -- $ports
front=$1 good=$2 bad=$3

cat > server.py <<'EOF'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2]))
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
EOF
cat > ask.py <<'EOF'
import csv, io, socket, sys
with socket.socket(socket.AF_UNIX) as peer:
    peer.connect(sys.argv[1])
    peer.sendall(b"show stat -1 4 -1\n")
    text = b"".join(iter(lambda: peer.recv(65536), b"")).decode()
for row in csv.DictReader(io.StringIO(text.removeprefix("# "))):
    if row["svname"] == "bad":
        print(*(f"{name} {row[name]}" for name in
                ("stot", "wredis", "hrsp_5xx", "eresp", "econ", "req_tot")))
EOF
configuration() { # SOCKET
	cat <<EOF
global
  stats socket unix@$1 mode 600
defaults
  mode http
  timeout connect 500ms
  timeout client 5s
  timeout server 5s
  retries 2
  option redispatch 1
  retry-on conn-failure empty-response 503
listen all
  bind 127.0.0.1:$front
  balance roundrobin
  server good 127.0.0.1:$good
  server bad 127.0.0.1:$bad
EOF
}
wait_for() { # COMMAND…, for ten seconds
	tries=100
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "not within ten seconds: $*"; exit 1; }
		sleep 0.1
	done
}
try() { # LABEL WHAT-THE-BAD-ONE-ANSWERS: ten requests
	pids=
	python3 server.py "$good" 200 & pids="$pids $!"
	wait_for curl -s "http://127.0.0.1:$good/"
	if [ "$2" != nothing ]; then
		python3 server.py "$bad" "$2" & pids="$pids $!"
		wait_for curl -s "http://127.0.0.1:$bad/"
	fi
	configuration "$socket" > "$file"
	$haproxy & pids="$pids $!"
	wait_for test -S "$path"
	wait_for python3 ask.py "$path"
	for n in 1 2 3 4 5 6 7 8 9 10; do
		curl -s -o /dev/null "http://127.0.0.1:$front/"
	done
	echo "$1, $2: $(python3 ask.py "$path")"
	kill $pids
	wait
	rm -f "$path"
	pids=
}
got=$(
	for kind in 503 nothing 500; do
		socket=$work/socket path=$work/socket file=$work/f.cfg
		haproxy="env LD_LIBRARY_PATH=$work/old/usr/lib/x86_64-linux-gnu $work/old/usr/sbin/haproxy -db -f $file"
		try 2.6 $kind
		socket=/socket path=$work/new/socket file=$work/new/f.cfg
		haproxy="chroot new haproxy -db -f /f.cfg"
		try 3.0 $kind
	done 2>/dev/null
)
echo "$got"
wanted='2.6, 503: stot 9 wredis 9 hrsp_5xx 0 eresp 0 econ 0 req_tot 0
3.0, 503: stot 9 wredis 9 hrsp_5xx 0 eresp 0 econ 0 req_tot 0
2.6, nothing: stot 9 wredis 9 hrsp_5xx 0 eresp 0 econ 0 req_tot 0
3.0, nothing: stot 9 wredis 9 hrsp_5xx 0 eresp 0 econ 0 req_tot 0
2.6, 500: stot 5 wredis 0 hrsp_5xx 5 eresp 0 econ 0 req_tot 5
3.0, 500: stot 5 wredis 0 hrsp_5xx 5 eresp 0 econ 0 req_tot 5'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
