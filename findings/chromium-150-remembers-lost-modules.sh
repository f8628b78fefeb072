#!/bin/sh
# Chromium 150.0.7871.100 (Debian 12 as released): a module that could not be had once (404, 503,
# no network) is never asked for again by import() of the same address, in that document; another
# address of the same file is. Chromium 156.0.8078.108 (Debian 12 with its updates) asks again.
# (The HTML standard's module map keeps what failed, too.)
#
# For us: www/src/lib/loader.ts asks again under another address.
#
# Wants apt-get, python3, Debian 12 with the libraries of Chromium. Exit 1: it has changed.
set -eu
old=150.0.7871.100-1~deb12u1
new=156.0.8078.108-1~deb12u1
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || :; rm -rf "$work"' EXIT
cd "$work"
for version in "$old" "$new"; do
	mkdir "$version"
	(cd "$version" && apt-get download -q "chromium=$version" "chromium-common=$version" >/dev/null 2>&1 &&
		for deb in *.deb; do dpkg -x "$deb" .; done)
done
cat > server.py <<'PY'
import http.server
PAGE = b"""<!doctype html><title>waiting</title><script type="module">
const said = [];
for (const address of ['/m.js', '/m.js', '/m.js?1'])
  await import(address).then(() => said.push('had'), () => said.push('lost'));
document.title = said.join(' ');
</script>"""
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        module = self.path.startswith("/m.js")
        if self.path == "/":
            Handler.asked = 0
        Handler.asked += module
        lost = module and Handler.asked == 1
        body = b"export {}" if module else PAGE
        self.send_response(503 if lost else 200)
        self.send_header("Content-Type", "text/javascript" if module else "text/html")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
mkfifo port
python3 server.py > port &
server=$!
read -r number < port
ask() {
	timeout 60 "$1/usr/lib/chromium/chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile-$1" \
		--virtual-time-budget=5000 --dump-dom "http://127.0.0.1:$number/" 2>/dev/null |
		sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p'
}
got="150: $(ask "$old")
156: $(ask "$new")"
echo "import() of an address, of the same again, of another one of the same file:"
echo "$got"
wanted='150: lost lost had
156: lost had had'
[ "$got" = "$wanted" ] || { echo "not as it was seen:"; echo "$wanted"; exit 1; }
