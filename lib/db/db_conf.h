/* Where the database is and who asks it, from the environment (conf.h). */
#ifndef DB_CONF_H
#define DB_CONF_H

#include "db/db.h"

/*
 * DB_ADDRESS, DB_ADDRESS_FILE (or not), DB_NAME, DB_USER and the first line of
 * the file DB_PASSWORD_FILE. The strings are never freed.
 */
void db_conf_read(struct db_conf *);

#endif
