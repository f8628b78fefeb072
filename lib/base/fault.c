/* Faults: a field and a sentence. */
#include <stdarg.h>
#include <stdio.h>

#include "base/fault.h"

enum status
fault_set(
    struct fault *f, enum status st, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(f->field, sizeof(f->field), "%s", field);
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	return st;
}
