/* test_replay.c -- what was written once is read for ever: the frozen bytes of every event, decoded with today's shapes.
 *
 * `--freeze NAME` prints the line of a new event, made from a sample with every field filled in.  Personal fields are
 * sealed with a key that is only good for this file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/codec.h"
#include "core/base/crypt.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "schemas/registry.h"

static const uint8_t key[KEY_BYTES] = "frozen bytes need a frozen key!";
static const struct sealing sealing = { key, "frozen/STREAM-0001" };

/* ---- a sample with every field filled in --------------------------------------------------------------- */

static void fill(const struct shape *, void *obj, struct arena *, int depth);

static const char *
sample_text(const struct field *f, struct arena *a)
{
	if (f->kind == FIELD_DATE)
		return "1990-02-28";
	if (f->kind == FIELD_DECIMAL)
		return "25.00";
	if (f->kind == FIELD_JSON)
		return "{\"note\":\"as it came\"}";
	if (f->choices)
		return arena_strndup(a, f->choices, strcspn(f->choices, "|"));
	return arena_printf(a, "%s-0001", f->name);
}

static void
fill_list(const struct field *f, struct list *l, struct arena *a, int depth)
{
	l->n = depth < 2 ? 2 : 0;
	l->items = arena_alloc(a, f->of->size * 2);
	for (int i = 0; i < l->n; i++)
		fill(f->of, (char *)l->items + f->of->size * (size_t)i, a, depth + 1);
}

static void
fill_field(const struct field *f, void *obj, struct arena *a, int depth)
{
	void *at = field_at(f, obj);

	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		*(const char **)at = sample_text(f, a);
		break;
	case FIELD_INT: *(int64_t *)at = 5120; break;
	case FIELD_BOOL: *(bool *)at = true; break;
	case FIELD_REAL: *(double *)at = 0.25; break;
	case FIELD_TIME: *(int64_t *)at = INT64_C(1771146000000000); break;
	case FIELD_MONEY: *(struct money *)at = (struct money){ 2500, "SGD" }; break;
	case FIELD_OPTINT: *(struct opt_int *)at = (struct opt_int){ 0, true }; break;
	case FIELD_OPTBOOL: *(struct opt_bool *)at = (struct opt_bool){ false, true }; break;
	case FIELD_OPTREAL: *(struct opt_real *)at = (struct opt_real){ 0.5, true }; break;
	case FIELD_TEXTS:
		*(struct texts *)at = (struct texts){ arena_array(a, const char *, 2), 2 };
		((struct texts *)at)->v[0] = "one";
		((struct texts *)at)->v[1] = "two";
		break;
	case FIELD_LIST:
		fill_list(f, at, a, depth);
		break;
	}
}

static void
fill(const struct shape *s, void *obj, struct arena *a, int depth)
{
	FOR_EACH_FIELD(f, s)
		fill_field(f, obj, a, depth);
}

static int
freeze(const char *name)
{
	struct arena *a = arena_new();
	const struct shape *s = event_named(name);
	struct buf bytes = { 0 }, json = { 0 };
	void *obj;

	if (!s) {
		fprintf(stderr, "there is no event %s\n", name);
		return 2;
	}
	obj = arena_alloc(a, s->size);
	fill(s, obj, a, 0);
	shape_pack(s, obj, &bytes, &sealing);
	shape_to_json(s, obj, &json, false);
	printf("%s %d %d ", s->name, s->code, s->version ? s->version : 1);
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", (unsigned char)bytes.data[i]);
	printf(" %s\n", buf_text(&json));
	buf_free(&bytes);
	buf_free(&json);
	arena_free(a);
	return 0;
}

/* ---- the test ---------------------------------------------------------------------------------------------- */

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* every member of the frozen JSON stands in the decoded one */
static bool
contains(const cJSON *now, const cJSON *frozen)
{
	const cJSON *m;

	if (!cJSON_IsObject(frozen))
		return cJSON_Compare(now, frozen, true);
	cJSON_ArrayForEach(m, frozen)
		if (!contains(cJSON_GetObjectItemCaseSensitive(now, m->string), m))
			return false;
	return true;
}

static bool
line_holds(char *line, struct arena *a)
{
	char *name = strtok(line, " "), *code = strtok(NULL, " "), *version = strtok(NULL, " "), *hex = strtok(NULL, " ");
	char *json = strtok(NULL, "\n");
	const struct shape *s = code ? event_shape(atoi(code)) : NULL;
	size_t n = hex ? strlen(hex) / 2 : 0;
	uint8_t *bytes = arena_alloc(a, n + 1);
	struct error err = { 0 };
	struct buf now = { 0 };
	void *obj;
	bool ok;

	if (!json || !s || strcmp(s->name, name) != 0 || atoi(version) > (s->version ? s->version : 1))
		return false;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	obj = arena_alloc(a, s->size);
	if (!shape_unpack(s, bytes, n, a, obj, &sealing, &err))
		return false;
	shape_to_json(s, obj, &now, false);
	ok = contains(json_parse(a, buf_text(&now), now.len, &err), json_parse(a, json, strlen(json), &err));
	buf_free(&now);
	return ok;
}

static bool
is_frozen(FILE *f, const char *name)
{
	static char line[1 << 16];
	size_t n = strlen(name);

	rewind(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, n) == 0 && line[n] == ' ')
			return true;
	return false;
}

static int
check(const char *path)
{
	FILE *f = fopen(path, "r");
	static char line[1 << 16], name[128];
	struct arena *a = arena_new();
	int passed = 0, failed = 0;

	if (!f) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof line, f)) {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " "), line);
		if (line_holds(line, a)) {
			passed++;
		} else {
			printf("not ok: the frozen bytes of %s do not say what they said\n", name);
			failed++;
		}
		arena_reset(a);
	}
	for (const struct shape *const *s = event_shapes; *s; s++)
		if (!is_frozen(f, (*s)->name)) {
			printf("not ok: %s is not frozen; see tests/replay/README.md\n", (*s)->name);
			failed++;
		}
	fclose(f);
	arena_free(a);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0 || passed == 0;
}

int
main(int argc, char **argv)
{
	crypt_start();
	registry_start();
	if (argc == 3 && strcmp(argv[1], "--freeze") == 0)
		return freeze(argv[2]);
	if (argc == 2 && strcmp(argv[1], "--names") == 0) {
		for (const struct shape *const *s = event_shapes; *s; s++)
			puts((*s)->name);
		return 0;
	}
	return check(argc > 1 ? argv[1] : "tests/replay/events.txt");
}
