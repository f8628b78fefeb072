#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <fastcgi.h>

#include "probe.h"

/* FastCGI 1.0 section 3.4: two lengths, then name and value. */
static const char params[] = "\016\003REQUEST_METHODGET"
			     "\013\010REQUEST_URI/healthz";

static size_t
record(char *dst, unsigned char type, const void *content, size_t n)
{
	FCGI_Header h = { .version = FCGI_VERSION_1,
		.type = type,
		.requestIdB0 = 1,
		.contentLengthB0 = (unsigned char)n };

	memcpy(dst, &h, sizeof(h));
	memcpy(dst + sizeof(h), content, n);
	return sizeof(h) + n;
}

static int
dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_usec = PROBE_MS * 1000 };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
probe(const char *path)
{
	static const FCGI_BeginRequestBody begin = { .roleB0 = FCGI_RESPONDER };
	static const char wanted[] = "Status: 200";
	char out[256], in[FCGI_HEADER_LEN + sizeof(wanted) - 1] = { 0 };
	size_t n;
	ssize_t got = -1;
	int fd;

	if ((fd = dial(path)) < 0)
		return false;
	n = record(out, FCGI_BEGIN_REQUEST, &begin, sizeof(begin));
	n += record(out + n, FCGI_PARAMS, params, sizeof(params) - 1);
	n += record(out + n, FCGI_PARAMS, "", 0);
	n += record(out + n, FCGI_STDIN, "", 0);
	if (send(fd, out, n, MSG_NOSIGNAL) == (ssize_t)n)
		got = recv(fd, in, sizeof(in), MSG_WAITALL);
	close(fd);
	return got == (ssize_t)sizeof(in) &&
	       memcmp(in + FCGI_HEADER_LEN, wanted, sizeof(wanted) - 1) == 0;
}
