/* Write beside, then rename(2); and read. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static bool
write_all(int fd, const char *data, size_t n)
{
	ssize_t done;

	for (; n > 0; data += done, n -= (size_t)done)
		if ((done = write(fd, data, n)) <= 0 && errno != EINTR)
			return false;
		else if (done < 0)
			done = 0;
	return true;
}

/* The entry of a file is part of its directory. */
static bool
sync_directory(const char *path)
{
	char directory[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	bool ok;
	int fd;

	if (slash != NULL)
		snprintf(directory, sizeof(directory), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	if ((fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

bool
file_replace(const char *path, const void *data, size_t n, bool durable)
{
	char new[PATH_MAX];
	bool ok;
	int fd;

	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd == -1)
		return false;
	ok = write_all(fd, data, n) && (!durable || fdatasync(fd) == 0);
	/* (A network's file system may fail here.) */
	ok = close(fd) == 0 && ok;
	return ok && rename(new, path) == 0 &&
	       (!durable || sync_directory(path));
}

bool
file_read(const char *path, struct buf *b, size_t max)
{
	char bytes[16384];
	ssize_t n;
	int fd, error;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	buf_str(b, "");
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		if ((size_t)n > max)
			break;
		buf_add(b, bytes, (size_t)n);
		max -= (size_t)n;
	}
	error = n > 0 ? EFBIG : errno;
	close(fd);
	errno = error;
	return n == 0;
}

bool
file_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool there;

	*line = '\0';
	if (f == NULL)
		return false;
	errno = 0;
	there = fgets(line, (int)size, f) != NULL;
	line[strcspn(line, "\r\n")] = '\0';
	fclose(f);
	return there;
}
