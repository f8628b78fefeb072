/* Parameters and columns, as the client library wants them. */
#include <string.h>

#include "base/clock.h"
#include "db/db_bind.h"

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

static void
bind_parameter(const struct db_in *in, MYSQL_BIND *b, struct cell *c)
{
	switch (in->type) {
	case DB_UUID:
		bytes_in(b, c, MYSQL_TYPE_BLOB, in->data, 16);
		break;
	case DB_DIGEST:
		bytes_in(b, c, MYSQL_TYPE_BLOB, in->data, DIGEST_SIZE);
		break;
	case DB_NAME:
		bytes_in(b, c, MYSQL_TYPE_BLOB, in->data, 8);
		break;
	case DB_TEXT:
		bytes_in(b, c, MYSQL_TYPE_STRING, in->data,
		    in->data != NULL ? strlen(in->data) : 0);
		break;
	case DB_INT:
		c->integer = in->n;
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &c->integer;
		break;
	case DB_TIME:
		c->null = in->n == CLOCK_NONE;
		if (!c->null)
			time_in(in->n, &c->time);
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		b->is_null = &c->null;
		break;
	}
}

void
db_bind_in(struct db_ins in, MYSQL_BIND *b, struct cell *c)
{
	size_t i;

	for (i = 0; i < in.n; i++)
		bind_parameter(&in.v[i], &b[i], &c[i]);
}

static void
bind_column(const struct db_out *out, MYSQL_BIND *b, struct cell *c)
{
	c->out = *out;
	b->buffer = out->data;
	b->buffer_length = out->size;
	b->length = &c->length;
	b->is_null = &c->null;
	switch (out->type) {
	case DB_UUID:
	case DB_DIGEST:
	case DB_NAME:
		b->buffer_type = MYSQL_TYPE_BLOB;
		break;
	case DB_TEXT:
		b->buffer_type = MYSQL_TYPE_STRING;
		/* db_bind_finish_row() ends it with a NUL. */
		b->buffer_length--;
		break;
	case DB_INT:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		break;
	case DB_TIME:
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &c->time;
		b->buffer_length = sizeof(c->time);
		break;
	}
}

void
db_bind_out(struct db_outs out, MYSQL_BIND *b, struct cell *c)
{
	size_t i;

	for (i = 0; i < out.n; i++)
		bind_column(&out.v[i], &b[i], &c[i]);
}

void
db_bind_finish_row(const struct cell *c, size_t n)
{
	for (; n > 0; n--, c++) {
		if (c->out.type == DB_TIME)
			*(int64_t *)c->out.data = c->null ? CLOCK_NONE
							  : time_out(&c->time);
		else if (c->out.type == DB_TEXT)
			((char *)c->out.data)[c->null ? 0 : c->length] = '\0';
		else if (c->null)
			memset(c->out.data, 0, c->out.size);
	}
}
