#include <assert.h>
#include <string.h>

#include "clock.h"
#include "db_bind.h"
#include "uuid.h"

static void
time_in(int64_t t, MYSQL_TIME *m)
{
	struct civil c;

	clock_split(t, &c);
	*m = (MYSQL_TIME){ .year = (unsigned)c.year,
		.month = (unsigned)c.month,
		.day = (unsigned)c.day,
		.hour = (unsigned)c.hour,
		.minute = (unsigned)c.minute,
		.second = (unsigned)c.second,
		.second_part = (unsigned long)c.micro,
		.time_type = MYSQL_TIMESTAMP_DATETIME };
}

static int64_t
time_out(const MYSQL_TIME *m)
{
	struct civil c = { (int)m->year, (int)m->month, (int)m->day,
		(int)m->hour, (int)m->minute, (int)m->second,
		(int)m->second_part };

	return clock_join(&c);
}

static void
bytes_in(MYSQL_BIND *b, struct cell *c, enum enum_field_types type,
    const void *data, size_t n)
{
	/* A NULL buffer with no length would be sent as "", not as NULL. */
	c->null = data == NULL;
	c->length = data != NULL ? n : 0;
	b->buffer_type = type;
	b->buffer = (void *)(uintptr_t)data;
	b->buffer_length = c->length;
	b->length = &c->length;
	b->is_null = &c->null;
}

void
bind_in(const char *in, MYSQL_BIND *b, struct cell *c, va_list *ap)
{
	const char *s;

	for (; *in != '\0'; in++, b++, c++) {
		switch (*in) {
		case 'u':
			bytes_in(b, c, MYSQL_TYPE_BLOB,
			    va_arg(*ap, const struct uuid *), 16);
			break;
		case 'h':
			bytes_in(b, c, MYSQL_TYPE_BLOB,
			    va_arg(*ap, const uint8_t *), DIGEST_SIZE);
			break;
		case 'k':
			bytes_in(b, c, MYSQL_TYPE_BLOB,
			    va_arg(*ap, const uint8_t *), 8);
			break;
		case 's':
		case 'n':
			s = va_arg(*ap, const char *);
			if (*in == 'n' && s != NULL && *s == '\0')
				s = NULL;
			bytes_in(b, c, MYSQL_TYPE_STRING, s,
			    s != NULL ? strlen(s) : 0);
			break;
		case 't':
			c->integer = va_arg(*ap, int64_t);
			c->null = c->integer == CLOCK_NONE;
			if (!c->null)
				time_in(c->integer, &c->time);
			b->buffer_type = MYSQL_TYPE_DATETIME;
			b->buffer = &c->time;
			b->is_null = &c->null;
			break;
		default:
			assert(*in == 'i');
			c->integer = va_arg(*ap, int64_t);
			b->buffer_type = MYSQL_TYPE_LONGLONG;
			b->buffer = &c->integer;
			break;
		}
	}
}

void
bind_out(const char *out, MYSQL_BIND *b, struct cell *c, va_list *ap)
{
	for (; *out != '\0'; out++, b++, c++) {
		c->target = va_arg(*ap, void *);
		b->buffer = c->target;
		b->length = &c->length;
		b->is_null = &c->null;
		switch (*out) {
		case 'u':
		case 'h':
			b->buffer_type = MYSQL_TYPE_BLOB;
			c->size = *out == 'u' ? 16 : DIGEST_SIZE;
			break;
		case 's':
			b->buffer_type = MYSQL_TYPE_STRING;
			/* settle() ends it with a NUL. */
			c->size = va_arg(*ap, size_t) - 1;
			break;
		case 't':
			b->buffer_type = MYSQL_TYPE_DATETIME;
			b->buffer = &c->time;
			c->size = sizeof(c->time);
			break;
		default:
			assert(*out == 'i');
			b->buffer_type = MYSQL_TYPE_LONGLONG;
			c->size = sizeof(int64_t);
			break;
		}
		b->buffer_length = c->size;
	}
}

void
settle(const char *out, const struct cell *c)
{
	for (; *out != '\0'; out++, c++) {
		if (*out == 't')
			*(int64_t *)c->target = c->null ? CLOCK_NONE
							: time_out(&c->time);
		else if (*out == 's')
			((char *)c->target)[c->null ? 0 : c->length] = '\0';
		else if (c->null)
			memset(c->target, 0, c->size);
	}
}
