"""GET /api/v1/todos as a Python programmer would write it with Debian's packages: Flask
under gunicorn, PyMySQL, a connection kept per thread. The same tables, query and JSON."""

import datetime
import hashlib
import os
import pathlib
import threading
import uuid

import flask
import pymysql

LIST = pathlib.Path(__file__).with_name("..").joinpath("list.sql").read_text().strip()
LIST = LIST.replace("%", "%%").replace("?", "%s")

app = flask.Flask(__name__)
app.json.sort_keys = False
local = threading.local()


def database():
    if not hasattr(local, "connection"):
        local.connection = pymysql.connect(
            unix_socket=os.environ["DB_SOCKET"], user=os.environ["DB_USER"],
            password=os.environ.get("DB_PASSWORD", ""), database="allday", charset="utf8mb4",
            autocommit=True)
    return local.connection


def moment(time):
    return None if time is None else time.isoformat(timespec="microseconds") + "Z"


def item(row):
    (_, ident, title, note, done, due_date, due_time, due_zone, position, created, updated,
     completed, deleted, seq) = row
    return {"id": str(uuid.UUID(bytes=ident)), "title": title, "note": note, "done": bool(done),
            "due": due_date and {"date": str(due_date), "time": due_time, "zone": due_zone},
            "position": position, "created": moment(created), "updated": moment(updated),
            "completed": moment(completed), "deleted": moment(deleted), "seq": seq}


@app.get("/api/v1/todos")
def listing():
    token = hashlib.sha256(flask.request.headers["Authorization"][7:].encode()).digest()
    with database().cursor() as cursor:
        cursor.execute(LIST, (token, datetime.datetime.utcnow()))
        rows = cursor.fetchall()
    version = rows[0][0] if rows else 0
    answer = flask.jsonify({"items": [item(row) for row in rows], "next": None, "seq": version})
    answer.headers["ETag"] = f'W/"{version}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
