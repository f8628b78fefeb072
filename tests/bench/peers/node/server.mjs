// GET /api/v1/todos and PUT /api/v1/todos/{id} as a Node programmer would write them for
// speed: fastify with response schemas, mysql2 with prepared statements, one pool. The same
// tables, queries and JSON. WORKERS > 1: a cluster. KEEP=1: what did not change since the
// last answer is sent from memory, after asking for the account's counter.
import cluster from 'node:cluster';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mysql from 'mysql2/promise';

const { DB_SOCKET, DB_USER, DB_PASSWORD, PORT, WORKERS = '1', KEEP } = process.env;
const LIST = readFileSync(new URL('../list.sql', import.meta.url), 'utf8').trim();
const VERSION =
  'SELECT c.seq AS version FROM session s JOIN change_counter c ON c.account_id = s.account_id' +
  ' WHERE s.token = ? AND s.expires > ?';

const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const ITEM = {
  type: 'object',
  properties: {
    id: text, title: text, note: text, done: { type: 'boolean' },
    due: { type: ['object', 'null'], properties: { date: text, time: maybe, zone: maybe } },
    position: text, created: text, updated: text, completed: maybe, deleted: maybe,
    seq: { type: 'integer' },
  },
};
const PAGE = {
  type: 'object',
  properties: {
    items: { type: 'array', items: ITEM }, next: { type: 'null' }, seq: { type: 'integer' },
  },
};

const token = (request) =>
  createHash('sha256').update(request.headers.authorization?.slice(7) ?? '').digest();
const now = () => new Date().toISOString().slice(0, 23).replace('T', ' ');
const moment = (time) => (time === null ? null : `${time.replace(' ', 'T')}Z`);

function uuid(bytes) {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const item = (row) => ({
  id: uuid(row.id), title: row.title, note: row.note, done: row.done === 1,
  due: row.due_date && { date: row.due_date, time: row.due_time, zone: row.due_zone },
  position: row.position, created: moment(row.created), updated: moment(row.updated),
  completed: moment(row.completed), deleted: moment(row.deleted), seq: Number(row.seq),
});

function routes(app, db) {
  const kept = new Map();

  app.get('/api/v1/todos', { schema: { response: { 200: PAGE } } }, async (request, reply) => {
    const key = token(request);
    const name = key.toString('base64');
    reply.header('cache-control', 'no-store');
    if (KEEP) {
      const [[row]] = await db.execute(VERSION, [key, now()]);
      if (row && request.headers['if-none-match'] === `W/"${row.version}"`) {
        return reply.code(304).send();
      }
      const old = kept.get(name);
      if (row && old?.version === row.version) {
        return reply.type('application/json').serializer((s) => s).send(old.body);
      }
    }
    const [rows] = await db.execute(LIST, [key, now()]);
    const version = Number(rows[0]?.version ?? 0);
    const page = { items: rows.map(item), next: null, seq: version };
    if (KEEP) {
      kept.set(name, { version: rows[0]?.version, body: JSON.stringify(page) });
    }
    return reply.header('etag', `W/"${version}"`).send(page);
  });

  app.put('/api/v1/todos/:id', async (request, reply) => {
    const { title, note = '', done = false } = request.body;
    const connection = await db.getConnection();
    try {
      const [[session]] = await connection.execute(
        'SELECT account_id FROM session WHERE token = ? AND expires > ?', [token(request), now()]);
      if (!session) return reply.code(401).send({ title: 'no session' });
      const owner = session.account_id;
      const id = Buffer.from(request.params.id.replaceAll('-', ''), 'hex');
      await connection.query('START TRANSACTION');
      const [raised] = await connection.execute(
        'UPDATE change_counter SET seq = LAST_INSERT_ID(seq + 1) WHERE account_id = ?', [owner]);
      const [[old]] = await connection.execute(
        'SELECT position FROM todo WHERE account_id = ? AND id = ?', [owner, id]);
      await connection.execute(
        'INSERT INTO todo (account_id, id, title, note, done, position, created, updated, seq,' +
          ' writer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE' +
          ' title = VALUES(title), note = VALUES(note), done = VALUES(done),' +
          ' updated = VALUES(updated), seq = VALUES(seq), writer = VALUES(writer)',
        [owner, id, title, note, done ? 1 : 0, old?.position ?? 'a0', now(), now(),
          raised.insertId, randomBytes(16)]);
      await connection.query('COMMIT');
      return reply.header('etag', `"${raised.insertId}"`)
        .send({ id: request.params.id, title, seq: raised.insertId });
    } catch (error) {
      await connection.query('ROLLBACK');
      throw error;
    } finally {
      connection.release();
    }
  });
}

if (cluster.isPrimary && WORKERS !== '1') {
  for (let i = 0; i < Number(WORKERS); i++) cluster.fork();
} else {
  const app = Fastify({ keepAliveTimeout: 60_000 });
  const db = mysql.createPool({
    socketPath: DB_SOCKET, user: DB_USER, password: DB_PASSWORD, database: 'allday',
    connectionLimit: 8, dateStrings: true, timezone: 'Z',
  });
  routes(app, db);
  await app.listen({ host: '127.0.0.1', port: Number(PORT) });
}
