/* From the bytes of nginx to a request, and back. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "fcgi/arrival.h"
#include "fcgi/connection.h"

enum {
	BACKLOG = 511,
	PATIENCE_S = 1, /* below nginx's: nobody gives up earlier */
	/* Below nginx's too (nginx/api/routes.conf): so it is we who tell. */
	WORK_S = 2,
	HASHING_S = 7,
};

bool
connection_prepare(void)
{
	return FCGX_Init() == 0 && arrival_start();
}

/* A file that is there was left by a dead predecessor. */
int
connection_listen(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		die(100, "SOCKET: %s is longer than %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	umask(0117);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(fd, BACKLOG) != 0)
		die(111, "%s: %s", path, strerror(errno));
	umask(0077);
	return fd;
}

struct connection *
connection_new(int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	FCGX_Request *fcgx = calloc(1, sizeof(*fcgx));

	if (c == NULL || fcgx == NULL || FCGX_InitRequest(fcgx, -1, 0) != 0) {
		free(c);
		free(fcgx);
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->req.fcgx = fcgx;
	return c;
}

/*
 * nginx sends all at once, and the kernel takes as much (net.core.wmem_default
 * is 208 KiB; whoever sends some hundred pieces is stopped earlier, and given
 * up). What was looked at may hold a password.
 */
enum framing
connection_arrived(const struct connection *c)
{
	static _Thread_local uint8_t seen[REQUEST_MAX];
	ssize_t n = recv(c->fd, seen, sizeof(seen), MSG_PEEK | MSG_DONTWAIT);
	enum framing rc;

	if (n < 0)
		return errno == EAGAIN ? FRAMING_PART : FRAMING_WRONG;
	rc = n > 0 ? framing_of(seen, (size_t)n) : FRAMING_WRONG;
	explicit_bzero(seen, (size_t)n);
	return rc == FRAMING_PART && n == sizeof(seen) ? FRAMING_WRONG : rc;
}

static void
free_all(struct connection *c)
{
	free(c->req.fcgx);
	free(c);
}

void
connection_drop(struct connection *c)
{
	arrival_end(c);
	if (c->begun)
		req_done(&c->req);
	FCGX_Free(c->req.fcgx, 0);
	close(c->fd);
	free_all(c);
}

/* It has taken so long that there is no time for another instance. */
static bool
is_last(const struct connection *c, enum status st)
{
	return st == UNAVAILABLE && c->req.row != NULL &&
	       (c->req.row->flags & HASHES) != 0 &&
	       clock_boot() - c->taken >= WORK_S * CLOCK_SECOND;
}

static enum connection_rc
answer(struct connection *c, struct res *res, enum status st, bool keep)
{
	FCGX_Request *fcgx = c->req.fcgx;

	if (status_code(st) >= 400 && res->begun) {
		res_done(res);
		connection_drop(c);
		return CONNECTION_GONE;
	}
	if (status_code(st) >= 400)
		refuse(&c->req, res, &st);
	res->last = is_last(c, st);
	*c->req.peer = clock_boot();
	res_send(&c->req, res, st);
	log_request("");
	req_done(&c->req);
	res_done(res);
	c->begun = false;
	if (!keep)
		fcgx->keepConnection = 0;
	FCGX_Finish_r(fcgx);
	*c->req.peer = 0;
	if (fcgx->ipcFd >= 0)
		return CONNECTION_IDLE;
	free_all(c);
	return CONNECTION_GONE;
}

static void
give_time(struct connection *c, int seconds)
{
	c->req.until = c->taken + seconds * CLOCK_SECOND;
	db_until(c->req.db, c->req.until);
}

/*
 * libfcgi is handed the descriptor; it would accept(2) by itself after a
 * connection that ended, which the invalid listening socket given to
 * FCGX_InitRequest() turns into an error. When it closes one it would wait for
 * the peer to do so too, but for a detached one.
 */
enum connection_rc
connection_begin(struct connection *c, const struct route *routes,
    struct db *db, struct res *res, bool keep)
{
	FCGX_Request *fcgx = c->req.fcgx;
	enum status st;

	fcgx->ipcFd = c->fd;
	fcgx->keepConnection = 1; /* or it closes fd before it reads */
	FCGX_Detach(fcgx);
	if (FCGX_Accept_r(fcgx) != 0) {
		free_all(c);
		return CONNECTION_GONE;
	}
	c->req = (struct req){ .fcgx = fcgx, .peer = c->req.peer, .db = db };
	log_request(c->req.id_text);
	st = req_read(&c->req);
	give_time(c, WORK_S);
	if ((st = route(routes, &c->req, st, res)) != OK)
		return answer(c, res, st, keep);
	log_request("");
	c->begun = true;
	return CONNECTION_BEGUN;
}

bool
connection_owner(const struct connection *c, struct uuid *owner)
{
	const char *address;
	uint8_t sum[DIGEST_SIZE];

	if ((c->req.row->flags & SESSION) != 0) {
		*owner = c->req.session.account;
		return true;
	}
	address = req_header(&c->req, "REMOTE_ADDR");
	crypto_digest(address, strlen(address), sum);
	memcpy(owner, sum, sizeof(*owner));
	return false;
}

enum connection_rc
connection_finish(
    struct connection *c, struct db *db, struct res *res, bool keep)
{
	c->req.db = db;
	give_time(c, (c->req.row->flags & HASHES) != 0 ? HASHING_S : WORK_S);
	log_request(c->req.id_text);
	return answer(c, res, c->req.row->handler(&c->req, res), keep);
}

bool
connection_given_up(const struct connection *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

	return clock_boot() - c->taken > PATIENCE_S * CLOCK_SECOND &&
	       poll(&p, 1, 0) != 0;
}
