/* Asking a program whether it works. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/probe.h"

bool
probe(const char *socket_path, bool *reaches)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_usec = PROBE_MS * 1000 };
	char answer[2] = "00";
	int fd;

	if (snprintf(sa.sun_path, sizeof(sa.sun_path), "%s.alive",
		socket_path) >= (int)sizeof(sa.sun_path) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    recv(fd, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		answer[0] = '0';
	close(fd);
	*reaches = answer[0] != '1' || answer[1] == '1';
	return answer[0] == '1';
}
