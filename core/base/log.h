/* log.h -- one JSON line per message on stderr, written by mains only.
 *
 * Each line inherits the fields of the message being handled (log_field).  Names that look like secrets
 * or personal data are masked here, whoever writes them. */
#pragma once
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
struct error;

void log_start(const char *service, enum log_level);      /* "core", "gateway" */
void log_field(const char *name, const char *value);      /* inherited until log_fields_clear() */
void log_fields_clear(void);
/* name, value pairs ending in NULL: log_line(LOG_INFO, "usage.rated", "id", id, NULL) */
void log_line(enum log_level, const char *event, ...) __attribute__((sentinel));
void log_error_line(const char *event, const struct error *);
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__, NULL)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__, NULL)
#define log_err(...)   log_line(LOG_ERROR, __VA_ARGS__, NULL)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__, NULL)
