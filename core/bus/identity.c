/* identity.c -- tokens by name, kept as keyed hashes.
 *
 * The key is drawn when the process starts, so a dump of the table is of no use elsewhere.  Every
 * look-up hashes and compares with all entries: how long it takes says nothing about what was guessed
 * right. */
#include "core/bus/identity.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>

#define TOKEN_LEAST 32
#define ENTRIES_MAX 64

struct entry { struct identity who; uint8_t hash[HASH_BYTES]; char name[64], usual[64]; };

static struct entry entries[ENTRIES_MAX];
static int n_entries;
static uint8_t hash_key[KEY_BYTES];

static const struct identity rows[] = {
#define ROW_(n, var, what, list) { .name = n, .variable = var, .may = what, .channels = list },
	IDENTITIES(ROW_)
};

/* what people leave in a template; a longer token that repeats one is no better */
static bool
is_sentinel(const char *token)
{
	static const char *const words[] = { "changeme", "change-me", "change_me", "replaceme", "replace-me",
		"your-token", "placeholder", "insert-token", "xxxxxxxx" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasestr(token, words[i]))
			return true;
	return *token && strspn(token, (char[]){ *token, 0 }) == strlen(token);
}

static bool
add(const struct identity *who, const char *token, struct error *err)
{
	struct entry e = { .who = *who };
	if (is_sentinel(token))
		return error_set(err, ERROR_INVALID, "identity.sentinel", "%s still holds a placeholder", who->variable);
	if (strlen(token) < TOKEN_LEAST)
		return error_set(err, ERROR_INVALID, "identity.too_short", "%s must have at least %d characters",
			who->variable, TOKEN_LEAST);
	hash_keyed(e.hash, hash_key, token, strlen(token));
	for (int i = 0; i < n_entries; i++) {
		if (same_bytes(entries[i].hash, e.hash, HASH_BYTES))
			return error_set(err, ERROR_INVALID, "identity.alike", "%s and %s hold the same token",
				entries[i].who.variable, who->variable);
		if (strcmp(entries[i].name, who->name) == 0)
			return error_set(err, ERROR_INVALID, "identity.twice", "%s names %s a second time", who->variable,
				who->name);
	}
	if (n_entries == ENTRIES_MAX)
		return error_set(err, ERROR_INVALID, "identity.too_many", "BSS_TOKENS names more than %d identities",
			ENTRIES_MAX);
	snprintf(e.name, sizeof e.name, "%s", who->name);
	snprintf(e.usual, sizeof e.usual, "%.*s", (int)(who->channels ? strcspn(who->channels, " ") : 6),
		who->channels ? who->channels : "system");
	struct entry *kept = &entries[n_entries++];
	*kept = e;
	kept->who.name = kept->name;
	kept->who.usual = kept->usual;
	return true;
}

/* name=token of BSS_TOKENS: may command and query, in a channel of its own name */
static bool
add_more(const char *pair, size_t n, struct error *err)
{
	static char names[ENTRIES_MAX][64];
	char token[513];
	const char *equals = memchr(pair, '=', n);
	size_t name_len = equals ? (size_t)(equals - pair) : 0, token_len = equals ? n - name_len - 1 : 0;
	if (name_len == 0 || name_len >= 64 || token_len >= sizeof token || n_entries == ENTRIES_MAX)
		return error_set(err, ERROR_INVALID, "identity.list",
			"BSS_TOKENS must read name=token,name=token (at most %d)", ENTRIES_MAX);
	char *name = names[n_entries];
	snprintf(name, 64, "%.*s", (int)name_len, pair);
	if (!text_id_ok(name))
		return error_set(err, ERROR_INVALID, "identity.list",
			"BSS_TOKENS holds a name that is not an identifier");
	snprintf(token, sizeof token, "%.*s", (int)token_len, equals + 1);
	const struct identity who = { .name = name, .variable = "BSS_TOKENS", .may = MAY_COMMAND | MAY_QUERY,
		.channels = name };
	return add(&who, token, err);
}

static bool
add_list(const char *list, struct error *err)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");
		if (n && !add_more(list, n, err))
			return false;
		list += n + (list[n] == ',');
	}
	return true;
}

static bool
load(struct error *err)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *token = config_text(rows[i].variable);
		if (!token && i == 0) {
			error_set(err, ERROR_INVALID, "identity.missing", "%s is not set", rows[i].variable);
			return error_hint(err, "set it to at least %d random characters", TOKEN_LEAST);
		}
		if (token && !add(&rows[i], token, err))
			return false;
	}
	return add_list(config_text("BSS_TOKENS"), err);
}

bool
identities_load(struct error *err)
{
	crypt_start();
	n_entries = 0;
	random_bytes(hash_key, sizeof hash_key);
	if (load(err))
		return true;
	n_entries = 0;                          /* half a list would let in some whom nobody checked */
	return false;
}

const struct identity *
identity_of(const char *token)
{
	uint8_t hash[HASH_BYTES];
	const struct identity *found = NULL;
	if (!token || !*token)
		return NULL;
	hash_keyed(hash, hash_key, token, strlen(token));
	for (int i = 0; i < n_entries; i++)
		if (same_bytes(entries[i].hash, hash, HASH_BYTES))
			found = &entries[i].who;
	return found;
}

bool
identity_may_claim(const struct identity *who, const char *channel)
{
	if (!who)
		return false;
	if (!channel || !who->channels)
		return true;
	size_t n = strlen(channel);
	for (const char *p = who->channels; *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");
		if (word == n && strncmp(p, channel, n) == 0)
			return true;
		p += word;
	}
	return false;
}

bool
identity_may_act(const struct identity *who, const char *actor)
{
	return who && (!actor || strncmp(actor, "system:", 7) != 0 || who->may & MAY_ADMIN);
}
