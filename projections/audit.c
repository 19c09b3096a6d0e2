/* audit.c -- the log for people's SQL: one row an event, with names instead of codes.
 *
 * The audit API decodes the log itself; nothing reads this table but persons.  So it must cost little to write: columns
 * only, the payload as text, and a view that shows it as jsonb.  Personal fields are masked: this table is not a place
 * where an erased person lives on. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/id.h"
#include "projections/document.h"
#include "projections/tables.h"

#define audit_row_fields(_, T) \
	_(T, INT, id, KEY, "position in the log") _(T, TEXT, event_id, OPT, "") _(T, TEXT, event_type, OPT, "the reference's name") \
	_(T, TEXT, aggregate_type, OPT, "the reference's name") _(T, TEXT, aggregate_id, OPT, "") _(T, TIME, occurred_at, OPT, "business clock") \
	_(T, TIME, recorded_at, OPT, "wall clock") _(T, TEXT, trace_id, OPT, "") _(T, TEXT, actor, OPT, "") _(T, TEXT, channel, OPT, "") \
	_(T, TEXT, service_identity, OPT, "") _(T, TEXT, correlation_id, OPT, "of the command at the root") _(T, TEXT, payload, OPT, "JSON") \
	_(T, INT, schema_version, OPT, "")
SHAPE_DECLARE_(audit_row, "the events")
SHAPE_DEFINE_(audit_row, "the events")

const struct read_table audit_table = { "audit", "event", &audit_row_shape, .append = true,
	.indexes = { "(aggregate_id)" }, .view_name = "domain_event", .view =
	"SELECT id, event_id::uuid AS event_id, event_type, aggregate_type, aggregate_id, occurred_at, trace_id, actor, channel,"
	" tenant_id, service_identity, payload::jsonb AS payload, schema_version, recorded_at, correlation_id FROM %s.event" };
static const struct read_table *const tables[] = { &audit_table, NULL };

/* ---- the payload, personal fields masked ----------------------------------------------------------------------------- */

static void payload(struct json *, const struct shape *, const void *);

static void
payload_list(struct json *j, const struct field *f, const struct list *l)
{
	json_array(j);
	for (int i = 0; i < l->n; i++)
		payload(j, f->of, (const char *)l->items + (size_t)i * f->of->size);
	json_array_end(j);
}

static void
payload_value(struct json *j, const struct field *f, const void *at)
{
	char time[TIME_TEXT], amount[MONEY_TEXT];

	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: json_string(j, *(const char *const *)at); break;
	case FIELD_JSON: json_raw(j, *(const char *const *)at); break;
	case FIELD_INT: json_int(j, *(const int64_t *)at); break;
	case FIELD_OPTINT: json_int(j, ((const struct opt_int *)at)->v); break;
	case FIELD_BOOL: json_bool(j, *(const bool *)at); break;
	case FIELD_OPTBOOL: json_bool(j, ((const struct opt_bool *)at)->v); break;
	case FIELD_REAL: json_real(j, *(const double *)at); break;
	case FIELD_OPTREAL: json_real(j, ((const struct opt_real *)at)->v); break;
	case FIELD_TIME: json_string(j, *(const int64_t *)at == TIME_CLEARED ? NULL : time_format(*(const int64_t *)at,
		time)); break;
	case FIELD_MONEY: json_string(j, money_show(*(const struct money *)at, amount)); break;
	case FIELD_TEXTS:
		json_array(j);
		for (int i = 0; i < ((const struct texts *)at)->n; i++)
			json_string(j, ((const struct texts *)at)->v[i]);
		json_array_end(j);
		break;
	case FIELD_LIST: payload_list(j, f, at); break;
	}
}

static void
payload(struct json *j, const struct shape *s, const void *data)
{
	json_object(j);
	FOR_EACH_FIELD(f, s) {
		if (!field_is_set(f, data))
			continue;
		json_key(j, f->name);
		if (f->personal || f->secret)
			json_string(j, "***");
		else
			payload_value(j, f, field_at(f, data));
	}
	json_object_end(j);
}

/* ---- the handler -------------------------------------------------------------------------------------------------------- */

static const char *
or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static const char *
payload_text(struct applying *a, const void *event)
{
	static struct buf b;
	struct json j;

	buf_clear(&b);
	j = json_to(&b);
	payload(&j, a->event, event);
	return arena_strndup(a->arena, b.data, b.len);
}

static void
on_any(struct applying *a, void *row, const void *event)
{
	struct audit_row *e = row_new(a, &audit_table, NULL);
	char uuid[UUID_TEXT];

	(void)row;
	e->id = a->position;
	e->event_id = arena_strdup(a->arena, event_id(a->log->hash, uuid));
	e->event_type = a->event->alias ? a->event->alias : a->event->name;
	e->aggregate_type = aggregate_alias(a->event->aggregate);
	e->aggregate_id = a->id;
	e->occurred_at = a->at;
	e->recorded_at = a->recorded_at;
	e->trace_id = or_null(a->env->trace);
	e->actor = a->env->actor;
	e->channel = a->env->channel;
	e->service_identity = a->env->identity;
	e->correlation_id = or_null(a->env->correlation);
	e->payload = payload_text(a, event);
	e->schema_version = a->env->schema_version;
}

static const struct handler handlers[] = {
	{ NULL, NULL, ROW_NONE, on_any },
	{ 0 }
};
const struct projection audit_projection = { "audit", 1, tables, handlers, NULL };
