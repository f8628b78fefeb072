"""A kept connection of one client, from an address of its own."""

import http.client
import json
import socket
import ssl
import urllib.parse


class Wire:
    """url: of a balancer; source: an address of 127.0.0.0/8; patience: seconds."""

    def __init__(self, url, source, token=None, patience=5):
        where = urllib.parse.urlsplit(url)
        options = {"timeout": patience, "source_address": (source, 0)}
        if where.scheme == "https":
            self.http = http.client.HTTPSConnection(
                where.hostname, where.port, context=anyone(), **options)
        else:
            self.http = http.client.HTTPConnection(where.hostname, where.port, **options)
        self.fields = {"Authorization": f"Bearer {token}"} if token else {}
        self.used = False

    def call(self, method, path, body=None, fields=()):
        """(status, headers, what the JSON says or the bytes). What a balancer closed while
        it waited is opened again, as browsers do."""
        try:
            return self.once(method, path, body, fields)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            again, self.used = self.used, False
            self.close()
            if not again:
                raise
            return self.once(method, path, body, fields)
        except BaseException:
            self.close()
            raise

    def once(self, method, path, body, fields):
        sent = self.fields | dict(fields)
        if body is not None:
            body = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        self.http.request(method, path, body, sent)
        if not self.used:
            self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = self.http.getresponse()
        text = answer.read()
        self.used = True
        is_json = "json" in answer.headers.get("Content-Type", "") and len(text) < 1000000
        return answer.status, answer.headers, json.loads(text) if is_json and text else text

    def close(self):
        self.used = False
        self.http.close()

    def cut(self):
        """End what another thread waits for."""
        sock = self.http.sock
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def anyone():
    """The certificate of a private environment is its own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
