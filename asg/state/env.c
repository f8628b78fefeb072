/* asg.env, and whom the state directory belongs to. */
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "state/env.h"

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
	char path[300], where[128] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/moved", state);
	if ((file = fopen(path, "re")) == NULL)
		return;
	if (fgets(where, sizeof(where), file) != NULL)
		where[strcspn(where, "\n")] = '\0';
	fclose(file);
	die(111, "asg of this environment is not here any more, but %s", where);
}

bool
env_read(const char *state)
{
	char path[300], *line = NULL, *equals;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/asg.env", state);
	if ((file = fopen(path, "re")) == NULL)
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
env_enter(const char *state)
{
	hand_over(state);
	if (env_read(state))
		return;
	refer(state);
	die(111,
	    "%s/asg.env: %s; is %s the state directory of an environment "
	    "that was started?",
	    state, strerror(errno), state);
}
