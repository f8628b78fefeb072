/*
 * One line per event to stderr, in logfmt:
 *   time=… level=info program=todo request_id=UUID msg="…"
 * Programs log; the domain files do not.
 */
#ifndef LOG_H
#define LOG_H

enum { LOG_INFO, LOG_WARN, LOG_ERROR };

/* The name in every line; kept by reference. */
void log_open(const char *program);

/* The request this thread is at; "" for none; kept by reference. */
void log_request(const char *id);

/* One line; the text is quoted and its control bytes are escaped. */
void log_line(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Fatal: say why on stderr and exit; 100 wrong use, 111 system. */
void die(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* The same, when memory is out. */
void oom(void) __attribute__((noreturn));

#endif
