<?php
// GET /api/v1/todos and PUT /api/v1/todos/{id} as a PHP programmer would write them for
// speed: PDO, a persistent connection, opcache. The same tables, queries and JSON.

const LIST_SQL = __DIR__ . '/../list.sql';

$db = new PDO('mysql:unix_socket=' . getenv('DB_SOCKET') . ';dbname=allday;charset=utf8mb4',
    getenv('DB_USER'), getenv('DB_PASSWORD') ?: '', [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_EMULATE_PREPARES => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    ]);

function token(): string
{
    return hash('sha256', substr($_SERVER['HTTP_AUTHORIZATION'] ?? '', 7), true);
}

function uuid(string $bytes): string
{
    $hex = bin2hex($bytes);
    return substr($hex, 0, 8) . '-' . substr($hex, 8, 4) . '-' . substr($hex, 12, 4) . '-'
        . substr($hex, 16, 4) . '-' . substr($hex, 20);
}

function moment(?string $time): ?string
{
    return $time === null ? null : strtr($time, ' ', 'T') . 'Z';
}

function item(array $row): array
{
    return [
        'id' => uuid($row['id']),
        'title' => $row['title'],
        'note' => $row['note'],
        'done' => (bool) $row['done'],
        'due' => $row['due_date'] === null ? null
            : ['date' => $row['due_date'], 'time' => $row['due_time'], 'zone' => $row['due_zone']],
        'position' => $row['position'],
        'created' => moment($row['created']),
        'updated' => moment($row['updated']),
        'completed' => moment($row['completed']),
        'deleted' => moment($row['deleted']),
        'seq' => (int) $row['seq'],
    ];
}

function answer(int $status, mixed $body, ?string $etag = null): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    if ($etag !== null) {
        header("ETag: $etag");
    }
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

function listing(PDO $db): void
{
    $now = gmdate('Y-m-d H:i:s');
    $query = $db->prepare(file_get_contents(LIST_SQL));
    $query->execute([token(), $now]);
    $rows = $query->fetchAll();
    $version = (int) ($rows[0]['version'] ?? 0);
    answer(200, ['items' => array_map('item', $rows), 'next' => null, 'seq' => $version],
        "W/\"$version\"");
}

function put(PDO $db, string $id): void
{
    $in = json_decode(file_get_contents('php://input'), true, 8, JSON_THROW_ON_ERROR);
    $now = gmdate('Y-m-d H:i:s');
    $find = $db->prepare('SELECT account_id FROM session WHERE token = ? AND expires > ?');
    $find->execute([token(), $now]);
    $owner = $find->fetchColumn();
    if ($owner === false) {
        answer(401, ['title' => 'no session']);
        return;
    }
    $db->beginTransaction();
    $db->prepare('UPDATE change_counter SET seq = LAST_INSERT_ID(seq + 1) WHERE account_id = ?')
        ->execute([$owner]);
    $seq = (int) $db->lastInsertId();
    $key = hex2bin(str_replace('-', '', $id));
    $read = $db->prepare('SELECT position FROM todo WHERE account_id = ? AND id = ?');
    $read->execute([$owner, $key]);
    $position = $read->fetchColumn() ?: 'a0';
    $db->prepare('INSERT INTO todo (account_id, id, title, note, done, position, created, updated,'
        . ' seq, writer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE'
        . ' title = VALUES(title), note = VALUES(note), done = VALUES(done),'
        . ' updated = VALUES(updated), seq = VALUES(seq), writer = VALUES(writer)')
        ->execute([$owner, $key, $in['title'], $in['note'] ?? '', (int) ($in['done'] ?? false),
            $position, $now, $now, $seq, random_bytes(16)]);
    $db->commit();
    answer(200, ['id' => $id, 'title' => $in['title'], 'seq' => $seq], "\"$seq\"");
}

if ($_SERVER['REQUEST_METHOD'] === 'PUT') {
    put($db, basename($_SERVER['REQUEST_URI']));
} else {
    listing($db);
}
