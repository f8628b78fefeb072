/*
 * dns-steer DIRECTORY: the domain leads to the balancers that answer.
 *
 * DIRECTORY/dns.json is made by environment/dns.py. Each second all listeners
 * are checked at once; when one has become healthy or unhealthy, and every five
 * seconds, each name server is told what it does not have.
 * DIRECTORY/dns-steer is touched each second: by that is seen that we go on.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "publish.h"

enum {
	VERSION = 1,
	LISTENERS_MAX = 32,
	SERVERS_MAX = 16,
	LOOK_SECONDS = 5,
};

static struct listener listeners[LISTENERS_MAX];
static struct name_server servers[SERVERS_MAX];
static struct zone zone = { .listeners = listeners };
static size_t server_count;

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
	(void)number;
	stopped = 1;
}

/* ---- dns.json */

static void
take_listener(struct settings *r, struct json_object *o, struct listener *l)
{
	struct json_object *names;
	struct in_addr in;
	size_t n;

	settings_text(r, o, "address", l->address, sizeof(l->address));
	if (inet_pton(AF_INET, l->address, &in) != 1)
		settings_refuse(r, "address", "an IPv4 address");
	l->port = settings_int(r, o, "port", 1, 65535);
	l->name_count = settings_array(r, o, "names", NAMES_MAX, &names);
	for (n = 0; n < l->name_count; n++)
		if (!settings_element(json_object_array_get_idx(names, n),
			l->names[n], NAME_SIZE))
			settings_refuse(r, "names", "an array of names");
	l->watch.fd = -1;
}

static void
read_config(const char *file)
{
	struct settings r;
	struct json_object *root = settings_open(&r, file), *list, *o;
	size_t n;

	if (!settings_version(&r, root, VERSION))
		die(111, "%s", r.error);
	settings_text(&r, root, "domain", zone.domain, sizeof(zone.domain));
	zone.ttl = settings_int(&r, root, "ttl", 0, 86400);
	zone.count = settings_array(
	    &r, root, "balancers", LISTENERS_MAX, &list);
	for (n = 0; n < zone.count; n++)
		take_listener(
		    &r, json_object_array_get_idx(list, n), &listeners[n]);
	server_count = settings_array(
	    &r, root, "name_servers", SERVERS_MAX, &list);
	for (n = 0; n < server_count; n++) {
		o = json_object_array_get_idx(list, n);
		settings_text(
		    &r, o, "name", servers[n].name, sizeof(servers[n].name));
		settings_text(&r, o, "socket", servers[n].socket,
		    sizeof(servers[n].socket));
	}
	json_object_put(root);
	if (r.error[0] != '\0')
		die(111, "%s", r.error);
}

/* ---- the loop */

static size_t
all_watches(struct watch **all)
{
	struct name_server *s = servers;
	size_t n, count = 0;

	for (n = 0; n < zone.count; n++)
		all[count++] = &listeners[n].watch;
	for (; s < servers + server_count; s++)
		for (n = 0; n < CHILD_WATCHES; n++)
			all[count++] = &s->command.watches[n];
	return count;
}

static bool
checked(void)
{
	const struct listener *l = listeners;

	while (l < listeners + zone.count && l->watch.fd == -1)
		l++;
	return l == listeners + zone.count;
}

/* Since the last time. */
static bool
health_changed(void)
{
	static enum health known[LISTENERS_MAX];
	bool changed = false;
	size_t n;

	for (n = 0; n < zone.count; n++) {
		changed = changed || listeners[n].health != known[n];
		known[n] = listeners[n].health;
	}
	return changed;
}

/* The zones are looked at when a health has changed, and else now and then, for
 * what others have changed in them. */
static void
demand(void)
{
	static int64_t again;
	size_t n;

	if (!health_changed() && clock_boot() < again)
		return;
	again = clock_boot() + LOOK_SECONDS * CLOCK_SECOND;
	for (n = 0; n < server_count; n++)
		servers[n].due = true;
}

/* All are checked, and then the name servers are told, as far as they hear. */
static void
one_second(void)
{
	struct watch *all[LISTENERS_MAX + SERVERS_MAX * CHILD_WATCHES];
	int64_t end = clock_boot() + CLOCK_SECOND;
	size_t n, count = all_watches(all);
	bool done = false;

	for (n = 0; n < zone.count; n++)
		check_begin(&listeners[n]);
	while (!stopped && clock_boot() < end) {
		if (!done && checked()) {
			done = true;
			demand();
		}
		for (n = 0; n < server_count; n++) {
			publish_continue(&servers[n], &zone);
			if (done)
				publish_begin(&servers[n], &zone);
		}
		watch_round(all, count, end);
	}
}

/* To whoever looks at the file's time, and to systemd (sd_notify(3)). */
static void
say_alive(int file)
{
	static const char text[] = "WATCHDOG=1";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd;

	futimens(file, NULL);
	if (path == NULL)
		return;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	sendto(fd, text, sizeof(text) - 1, MSG_DONTWAIT, (struct sockaddr *)&to,
	    sizeof(to));
	close(fd);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = stop };
	size_t n;
	int alive;

	log_open("dns-steer");
	if (argc != 2 || chdir(argv[1]) == -1)
		die(100, "usage: dns-steer DIRECTORY, which has dns.json");
	read_config("dns.json");
	alive = open("dns-steer", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	while (!stopped) {
		one_second();
		say_alive(alive);
	}
	for (n = 0; n < server_count; n++)
		publish_close(&servers[n]);
	return 0;
}
