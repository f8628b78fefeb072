/* asg.env and asg.json: read, and whether they were replaced. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "state/inputs.h"

static const char *const names[INPUT_FILES] = { "asg.env", "asg.json" };

static const char *
path_of(int n, const char *state, char path[300])
{
	snprintf(path, 300, "%s/%s", state, names[n]);
	return path;
}

static void
look(int n, const char *state, struct stat *st)
{
	char path[300];

	if (stat(path_of(n, state, path), st) == -1)
		memset(st, 0, sizeof(*st));
}

void
inputs_read(struct inputs *g, const char *state)
{
	uint64_t hash = HASH_START;
	char path[300];
	struct buf b;
	int n;

	for (n = 0; n < INPUT_FILES; n++) {
		look(n, state, &g->files[n]);
		b = (struct buf){ 0 };
		if (file_read(path_of(n, state, path), &b, SIZE_MAX))
			hash = hash_add(hash, b.data, b.len);
		buf_free(&b);
	}
	snprintf(g->generation, sizeof(g->generation), "%016llx",
	    (unsigned long long)hash);
}

bool
inputs_changed(const struct inputs *g, const char *state)
{
	const struct stat *then;
	struct stat now;
	int n;

	for (n = 0; n < INPUT_FILES; n++) {
		then = &g->files[n];
		look(n, state, &now);
		if (now.st_ino != then->st_ino || now.st_dev != then->st_dev ||
		    now.st_size != then->st_size ||
		    now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
			return true;
	}
	return false;
}

/* ---- asg.env, and whom the state directory belongs to */

static void
hand_over(const char *state)
{
	struct stat st;

	if (geteuid() != 0 || stat(state, &st) == -1 || st.st_uid == 0)
		return;
	if (setgroups(0, NULL) == -1 || setgid(st.st_gid) == -1 ||
	    setuid(st.st_uid) == -1)
		die(111, "cannot become user %u: %s", st.st_uid,
		    strerror(errno));
}

/* asg has been moved away: the file says to where. */
static void
refer(const char *state)
{
	char path[300], where[128];

	snprintf(path, sizeof(path), "%s/moved", state);
	if (file_line(path, where, sizeof(where)))
		die(111, "asg of this environment is not here any more, but %s",
		    where);
}

bool
inputs_read_env(const char *state)
{
	char path[300], *line = NULL, *equals;
	FILE *file = fopen(path_of(0, state, path), "re");
	size_t size = 0;

	if (file == NULL)
		return false;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || (equals = strchr(line, '=')) == NULL)
			continue;
		*equals = '\0';
		setenv(line, equals + 1, 1);
	}
	free(line);
	fclose(file);
	return true;
}

void
inputs_enter(const char *state)
{
	hand_over(state);
	if (inputs_read_env(state))
		return;
	refer(state);
	die(111,
	    "%s/asg.env: %s; is %s the state directory of an environment "
	    "that was started?",
	    state, strerror(errno), state);
}
