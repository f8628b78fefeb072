/* Lines of the log, and the ways to die. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static const char *program = "?";
static _Thread_local const char *request = "";

void
log_open(const char *name)
{
	program = name;
}

void
log_request(const char *id)
{
	request = id;
}

/*
 * Quote for logfmt, in ASCII: nothing a client sends may start a line of its
 * own, or make the log something other than text.
 */
static size_t
quote(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	dst[n++] = '"';
	for (; *src != '\0' && n + 6 < size; src++) {
		unsigned char c = (unsigned char)*src;

		if (c == '"' || c == '\\')
			n += (size_t)snprintf(dst + n, size - n, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			n += (size_t)snprintf(dst + n, size - n, "\\x%02x", c);
		else
			dst[n++] = (char)c;
	}
	dst[n++] = '"';
	dst[n] = '\0';
	return n;
}

static void
line(int level, const char *fmt, va_list ap)
{
	static const char *const levels[] = { "info", "warn", "error" };
	char text[1024], quoted[1100], when[CLOCK_TEXT], out[1400];
	int n;

	vsnprintf(text, sizeof(text), fmt, ap);
	quote(quoted, sizeof(quoted), text);
	clock_text(clock_now(), when);
	n = snprintf(out, sizeof(out),
	    "time=%s level=%s program=%s%s%s "
	    "msg=%s\n",
	    when, levels[level], program,
	    *request != '\0' ? " request_id=" : "", request, quoted);
	/* One write, so that lines of several threads do not mix. */
	if (n > 0 && write(STDERR_FILENO, out, (size_t)n) < 0)
		return;
}

void
log_line(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(level, fmt, ap);
	va_end(ap);
}

void
die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(LOG_ERROR, fmt, ap);
	va_end(ap);
	exit(code);
}

void
oom(void)
{
	die(111, "out of memory");
}
