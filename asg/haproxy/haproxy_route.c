/* Making a balancer's slots what they should be, now and at its next start. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haproxy/haproxy.h"
#include "haproxy/haproxy_socket.h"

/* Bytes of commands on one line; HAProxy takes 16 KiB by default. */
enum { LINE_MAX = 8192 };

struct order {
	const char *socket;
	const struct balancer_view *view;
	int64_t deadline;
	struct buf line; /* commands of whole slots */
	bool silent;     /* it does not answer: nothing more is sent */
	char *error;
	size_t size;
};

/* The first fault is told. */
static void __attribute__((format(printf, 2, 3)))
fail(struct order *o, const char *fmt, ...)
{
	va_list ap;

	if (o->error[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(o->error, o->size, fmt, ap);
	va_end(ap);
}

/* ---- talking */

/* Nothing, or a remark on what `addr` has changed. */
static bool
is_success(const char *line, size_t len)
{
	static const char *const remarks[] = { "IP changed from ",
		"port changed from ", "no need to change ", "nothing changed" };
	size_t n;

	for (n = 0; n < sizeof(remarks) / sizeof(*remarks); n++)
		if (strncmp(line, remarks[n], strlen(remarks[n])) == 0)
			return true;
	return len == 0;
}

static void
judge(struct order *o, const char *answer)
{
	size_t len;

	for (; *answer != '\0'; answer += len + (answer[len] == '\n')) {
		len = strcspn(answer, "\n");
		if (!is_success(answer, len))
			fail(o, "%.*s", (int)len, answer);
	}
}

static void
flush(struct order *o)
{
	struct buf answer = { NULL, 0, 0 };
	const char *why;

	if (o->line.len > 0 && !o->silent) {
		buf_add(&o->line, "\n", 1);
		why = haproxy_ask(
		    o->socket, o->deadline, o->line.data, &answer);
		o->silent = why != NULL;
		if (o->silent)
			fail(o, "%s", why);
		else if (answer.len > 0)
			judge(o, answer.data);
	}
	buf_clear(&o->line);
	buf_free(&answer);
}

/* ---- commands */

static void
tell(struct order *o, const struct server *s, const char *suffix,
    const char *what)
{
	buf_printf(&o->line, "%sset server %s%s/i%d %s",
	    o->line.len > 0 ? ";" : "", s->group, suffix, s->slot, what);
}

static void
tell_address(struct order *o, const struct server *s, const char *suffix,
    const struct slot *want)
{
	char what[ADDRESS_SIZE + 32];

	snprintf(
	    what, sizeof(what), "addr %s port %d", want->address, want->port);
	tell(o, s, suffix, what);
}

/*
 * Another instance. HAProxy calls a server that leaves `maint` UP; by way of
 * `drain` it is DOWN already when it may get requests.
 */
static void
fill(struct order *o, const struct server *s, const struct slot *want)
{
	if (s->routing != ROUTE_NONE)
		tell(o, s, "", "state maint");
	tell_address(o, s, "", want);
	tell(o, s, "", "state drain");
	tell(o, s, "", "health down");
	if (want->routing == ROUTE_READY)
		tell(o, s, "", "state ready");
}

static void
set_open(struct order *o, const struct server *s, const struct slot *want)
{
	tell(o, s, "-open", "state maint");
	if (want == NULL || want->routing != ROUTE_READY)
		return;
	tell_address(o, s, "-open", want);
	tell(o, s, "-open", "state ready");
}

/*
 * What a server was asked that has gone, or hangs, goes to another one now, not
 * after `timeout server`. After a second, since HAProxy drops a request that it
 * is just connecting for, and sends on one that was sent.
 */
static void
redispatch(struct order *o, const struct server *s)
{
	static const char *const suffixes[] = { "", "-open" };
	size_t n;

	if (!o->view->shutdown_redispatches || s->sessions == 0 ||
	    s->changed < 1)
		return;
	for (n = 0; n < sizeof(suffixes) / sizeof(*suffixes); n++)
		buf_printf(&o->line, "%sshutdown sessions server %s%s/i%d",
		    o->line.len > 0 ? ";" : "", s->group, suffixes[n], s->slot);
}

/* want NULL: nothing. */
static void
set_slot(struct order *o, const struct server *s, const struct slot *want)
{
	enum routing routing = want != NULL ? want->routing : ROUTE_NONE;
	bool same = want != NULL && s->port == want->port &&
		    strcmp(s->address, want->address) == 0;

	if (routing == s->routing && (same || routing == ROUTE_NONE) &&
	    !s->fallback_out_of_sync) {
		if (routing == ROUTE_NONE)
			redispatch(o, s);
		return;
	}
	if (routing == ROUTE_NONE && s->routing != ROUTE_NONE)
		tell(o, s, "", "state maint");
	else if (routing != ROUTE_NONE && (s->routing == ROUTE_NONE || !same))
		fill(o, s, want);
	else if (routing != s->routing)
		tell(o, s, "",
		    routing == ROUTE_READY ? "state ready" : "state drain");
	if (s->fallback_out_of_sync || routing == ROUTE_READY ||
	    s->routing == ROUTE_READY)
		set_open(o, s, want);
}

/* HAProxy would take 99999 for 34463, and a text with `;` for two commands. */
static bool
is_address(const struct slot *want)
{
	unsigned char binary[16];

	return want->port >= 1 && want->port <= 65535 &&
	       (inet_pton(AF_INET, want->address, binary) == 1 ||
		   inet_pton(AF_INET6, want->address, binary) == 1);
}

/* A slot that this balancer should have but has not is an error, a group that
 * it has not is none. */
static void
check(struct order *o, const struct slot *want)
{
	if (want->routing == ROUTE_NONE ||
	    haproxy_group(o->view, want->group) == NULL)
		return;
	if (!is_address(want))
		fail(o, "%s/i%d has no address", want->group, want->slot);
	else if (haproxy_server(o->view, want) == NULL)
		fail(o, "%s/i%d is no slot", want->group, want->slot);
}

bool
haproxy_route(const char *socket, int64_t deadline,
    const struct balancer_view *v, const struct slot *list, size_t count,
    char *error, size_t size)
{
	struct order o = { .socket = socket,
		.view = v,
		.deadline = deadline,
		.error = error,
		.size = size };
	const struct slot *want;
	size_t n;

	*error = '\0';
	for (n = 0; n < count; n++)
		check(&o, &list[n]);
	for (n = 0; n < v->server_count; n++) {
		want = bsearch(&v->servers[n], list, count, sizeof(*list),
		    haproxy_by_place);
		set_slot(&o, &v->servers[n],
		    want != NULL && is_address(want) ? want : NULL);
		if (o.line.len > LINE_MAX)
			flush(&o);
	}
	flush(&o);
	buf_free(&o.line);
	return *error == '\0';
}

/* ---- the file */

/*
 * Address, RUNNING, and `disabled` of the configuration overruled (4), with
 * drain (8); then the last check: passed (15, 3), in full health, enabled (6).
 */
static void
add_line(
    struct buf *b, const struct slot *s, const char *suffix, const char *check)
{
	buf_printf(b,
	    "0 %s%s %d i%d %s 2 %d 1 1 0 %s 0 0 0 slot.invalid %d - 0 0 - - "
	    "0\n",
	    s->group, suffix, s->slot, s->slot, s->address,
	    s->routing == ROUTE_DRAIN ? 12 : 4, check, s->port);
}

void
haproxy_state_file(struct buf *b, const struct slot *list, size_t count)
{
	size_t n;

	buf_str(b,
	    "1\n"
	    "# be_id be_name srv_id srv_name srv_addr srv_op_state "
	    "srv_admin_state srv_uweight srv_iweight "
	    "srv_time_since_last_change srv_check_status srv_check_result "
	    "srv_check_health srv_check_state srv_agent_state "
	    "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord "
	    "srv_use_ssl srv_check_port srv_check_addr srv_agent_addr "
	    "srv_agent_port\n");
	for (n = 0; n < count; n++) {
		if (list[n].routing == ROUTE_NONE || !is_address(&list[n]))
			continue;
		/* One that is DOWN here would still start as UP: leave it
		 * out, so that it waits for haproxy_route(). */
		if (list[n].up)
			add_line(b, &list[n], "", "15 3 3 6");
		if (list[n].routing == ROUTE_READY)
			add_line(b, &list[n], "-open", "1 0 4 8");
	}
}
