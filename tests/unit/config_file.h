/*
 * Environment files of the tests: a text, and what is said of it.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"

#define CORPUS "tests/unit/corpus/environment"

struct file {
	int fd;
	char path[32];
};

/* One fault, and how what is said of it begins. */
struct wrong {
	const char *text, *fault;
};

/* A file of this text that is nowhere. */
static inline struct file
file_of(const void *text, size_t len)
{
	struct file f;

	f.fd = memfd_create("environment", MFD_CLOEXEC);
	assert_true(f.fd >= 0);
	assert_true(write(f.fd, text, len) == (ssize_t)len);
	snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	return f;
}

/* What is wrong with a text, without "FILE:" before each; NULL for nothing. */
static inline char *
faults(const char *text, const char *defaults)
{
	struct file f = file_of(text, strlen(text));
	struct buf error = { 0 }, said = { 0 };
	struct config c;
	char *at, *hit;

	if (!config_read(&c, f.path, defaults, &error)) {
		assert_true(error.len > 0);
		buf_str(&said, "");
		for (at = error.data; *at != '\0'; at = hit) {
			hit = strstr(at, f.path);
			if (hit == at) {
				hit += strlen(f.path) + 1;
				continue;
			}
			if (hit == NULL)
				hit = at + strlen(at);
			buf_add(&said, at, (size_t)(hit - at));
		}
	} else
		assert_int_equal(error.len, 0);
	config_free(&c);
	buf_free(&error);
	close(f.fd);
	return said.data;
}

static inline void
assert_taken(const char *text, struct config *c, const char *defaults)
{
	struct file f = file_of(text, strlen(text));
	struct buf error = { 0 };

	if (!config_read(c, f.path, defaults, &error))
		fail_msg("%s\n%s", text, error.data);
	buf_free(&error);
	close(f.fd);
}

/* Each is told that fault, with its line, and no other. */
static inline void
assert_wrong(const struct wrong *wrong, size_t count, const char *before)
{
	struct buf text = { 0 };
	char *said;
	size_t i;

	for (i = 0; i < count; i++) {
		buf_clear(&text);
		buf_printf(&text, "%s%s", before, wrong[i].text);
		if ((said = faults(text.data, NULL)) == NULL)
			fail_msg("this was taken:\n%s", text.data);
		if (strncmp(said, wrong[i].fault, strlen(wrong[i].fault)) != 0)
			fail_msg("%s\nis told:    %s\nis to be: %s", text.data,
			    said, wrong[i].fault);
		if (strchr(said, '\n') != said + strlen(said) - 1)
			fail_msg(
			    "%s\nis more than one fault: %s", text.data, said);
		free(said);
	}
	buf_free(&text);
}

#endif
