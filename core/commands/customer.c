/* customer.c -- a customer: a person or party, how to reach it, whether its identity was checked.
 *
 *   pending --> active <--> suspended --> closed         pending: registered over TMF629 without a contact
 *
 * Status is no guarded machine; the one guard is that nobody leaves `active` with a live line.  An e-mail address and an
 * identity document belong to one customer: both are unique in the tenant, indexed from clear text in memory, and sealed
 * with the customer's key in the log.  Every write leaves an interaction.  Words: schemas/customer.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define CUST(d) ((struct customer_state *)(d)->target)
#define ADDRESS_MAX 324

/* ---- questions --------------------------------------------------------------------------------------- */

bool
customer_is_active(const struct tenant *t, const char *customer_id)
{
	const struct customer_state *c = find(t, customer, customer_id);

	return c && c->e.status == CUSTOMER_ACTIVE;
}

bool
customer_is_verified(const struct tenant *t, const char *customer_id)
{
	const struct customer_state *c = find(t, customer, customer_id);

	return c && c->verified;
}

/* ---- texts ------------------------------------------------------------------------------------------- */

static const char *
trimmed(struct arena *a, const char *text)
{
	size_t n;

	if (text_blank(text))
		return NULL;
	text += strspn(text, " \t\r\n");
	for (n = strlen(text); n && strchr(" \t\r\n", text[n - 1]);)
		n--;
	return arena_strndup(a, text, n);
}

static bool
is_email(const char *medium_type)
{
	return medium_type && strcasecmp(medium_type, "email") == 0;
}

/* the address as the index knows it; "" when the person was erased and nothing is known any more */
static const char *
address_key(char out[ADDRESS_MAX], const char *value)
{
	size_t n = 0;

	if (value && strcmp(value, "erased") != 0)
		for (; value[n] && n < ADDRESS_MAX - 1; n++)
			out[n] = (char)tolower((unsigned char)value[n]);
	out[n] = 0;
	return out;
}

static const char *
known(const char *personal)
{
	return personal && strcmp(personal, "erased") != 0 ? personal : NULL;
}

static const char *
joined(struct arena *a, const char *given, const char *family)
{
	if (!given || !family)
		return given ? given : family;
	return arena_printf(a, "%s %s", given, family);
}

__attribute__((format(printf, 3, 4))) static void
note(struct decision *d, const char *customer_id, const char *fmt, ...)
{
	va_list ap;
	const char *summary;

	va_start(ap, fmt);
	summary = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	emit(d, interaction_logged, customer_id, .interaction_id = new_place_id(d, "INT-"),
		.channel = d->caller->channel ? d->caller->channel : "system", .direction = "inbound", .summary = summary);
}

/* ---- contact media ----------------------------------------------------------------------------------- */

static struct medium_state *
medium_of(struct customer_state *c, const char *id)
{
	for (int i = 0; i < CONTACT_MEDIA_MAX; i++)
		if (c->media[i].used && strcmp(c->media[i].id, id) == 0)
			return &c->media[i];
	return NULL;
}

/* the one to use first, else the first one */
static struct medium_state *
medium_of_type(struct customer_state *c, const char *type)
{
	struct medium_state *first = NULL;

	for (int i = 0; i < CONTACT_MEDIA_MAX; i++) {
		struct medium_state *m = &c->media[i];

		if (!m->used || strcasecmp(m->type, type) != 0)
			continue;
		if (m->primary)
			return m;
		first = first ? first : m;
	}
	return first;
}

static int
media_count(const struct customer_state *c, const char *type)
{
	int n = 0;

	for (int i = 0; i < CONTACT_MEDIA_MAX; i++)
		if (c->media[i].used && (!type || strcasecmp(c->media[i].type, type) == 0))
			n++;
	return n;
}

static bool
listed(const struct contact_medium *media, int n, const struct contact_medium *m)
{
	for (int i = 0; i < n; i++)
		if (strcasecmp(media[i].medium_type, m->medium_type) == 0 && strcasecmp(media[i].value, m->value) == 0)
			return true;
	return false;
}

static void
list_medium(struct decision *d, struct list *l, const char *type, const char *value, bool primary)
{
	struct contact_medium *media = l->items, m = { NULL, type, trimmed(d->arena, value), primary };

	if (m.value && !listed(media, l->n, &m))
		media[l->n++] = m;
}

/* all media of a new customer: e-mail and phone, then the list, each once */
static struct list
media_given(struct decision *d)
{
	const struct customer_create *cmd = d->args;
	const struct contact_medium *more = cmd->contact_media.items;
	struct list l = { arena_array(d->arena, struct contact_medium, cmd->contact_media.n + 2), 0 };

	list_medium(d, &l, "email", cmd->email, true);
	list_medium(d, &l, "mobile", cmd->phone, false);
	for (int i = 0; i < cmd->contact_media.n; i++)
		list_medium(d, &l, more[i].medium_type, more[i].value, more[i].is_primary);
	return l;
}

/* ---- policies: creating ------------------------------------------------------------------------------ */

static bool
reachable(struct decision *d)
{
	const struct customer_create *cmd = d->args;

	if (cmd->document || media_given(d).n)
		return true;
	hint(d, "Give an e-mail address or a phone number.");
	return refuse(d, "A customer needs at least one way to be reached");
}

static bool
address_is_free(struct decision *d, const char *value, const struct medium_state *except)
{
	char key[ADDRESS_MAX];
	const char *address = trimmed(d->arena, value);
	const struct entity *owner;

	if (!address)
		return true;
	owner = index_get(d->tenant, INDEX_EMAIL, address_key(key, address));
	if (!owner || (except && strcasecmp(except->value, address) == 0))
		return true;
	fact(d, "email", address);
	hint(d, "customer.find_by_email shows who has it.");
	return refuse(d, "The e-mail address %s is in use already", address);
}

/* RFC 5321 §4.1.2 without quoted local parts, and no more: whether anybody reads there only a message can tell */
static bool
address_is_one(struct decision *d, const char *value)
{
	const char *address = trimmed(d->arena, value), *at = address ? strchr(address, '@') : NULL;

	if (!address || (at && at > address && at - address <= 64 && at[1] && !strchr(at + 1, '@') &&
	    !strpbrk(address, " \t\r\n<>\"(),:;\\")))
		return true;
	fact(d, "email", address);
	hint(d, "It reads name@domain.");
	return refuse(d, "%.80s is no e-mail address", address);
}

static bool
new_addresses_are_some(struct decision *d)
{
	struct list l = media_given(d);
	const struct contact_medium *media = l.items;

	for (int i = 0; i < l.n; i++)
		if (is_email(media[i].medium_type) && !address_is_one(d, media[i].value))
			return false;
	return true;
}

static bool
new_addresses_are_free(struct decision *d)
{
	struct list l = media_given(d);
	const struct contact_medium *media = l.items;

	for (int i = 0; i < l.n; i++)
		if (is_email(media[i].medium_type) && !address_is_free(d, media[i].value, NULL))
			return false;
	return true;
}

static bool
named(struct decision *d)
{
	const struct customer_create *cmd = d->args;

	if (!text_blank(cmd->name) || !text_blank(cmd->given_name) || !text_blank(cmd->family_name))
		return true;
	return refuse(d, "A customer needs a name");
}

static bool
too_many_media(struct decision *d, int n)
{
	if (n <= CONTACT_MEDIA_MAX)
		return true;
	fact_int(d, "at_most", CONTACT_MEDIA_MAX);
	return refuse(d, "A customer has at most %d contact media", CONTACT_MEDIA_MAX);
}

static bool
few_enough_new_media(struct decision *d)
{
	return too_many_media(d, media_given(d).n);
}

/* ---- policies: status -------------------------------------------------------------------------------- */

/* the lines that are not over: a blocked one counts */
static void
fact_live_lines(struct decision *d, const char *customer_id)
{
	const struct index_node *at = NULL;
	const char *ids[8];
	char prefix[PATH_MAX_];
	struct entity *e;
	int n = 0;

	path2(prefix, customer_id, "");
	while (n < 8 && (e = index_next(d->tenant, INDEX_CUSTOMER_SUBSCRIPTIONS, prefix, &at)))
		if (e->status != SUBSCRIPTION_TERMINATED)
			ids[n++] = e->id;
	error_fact_list(d->refusal, "active_subscriptions", ids, n);
}

static bool
no_live_line(struct decision *d)
{
	if (!customer_has_live_subscription(d->tenant, d->target->id))
		return true;
	fact(d, "customer_id", d->target->id);
	fact_live_lines(d, d->target->id);
	hint(d, "Terminate the lines first, with subscription.terminate.");
	return refuse(d, "Customer %s still has a line", d->target->id);
}

static bool
no_live_line_when_leaving(struct decision *d)
{
	const struct customer_update *cmd = d->args;
	bool leaves = cmd->status && d->target->status == CUSTOMER_ACTIVE && strcmp(cmd->status, "active") != 0;

	return !leaves || no_live_line(d);
}

/* ---- policies: contact media ------------------------------------------------------------------------- */

static bool
something_to_reach(struct decision *d)
{
	const struct customer_update_contact *cmd = d->args;

	return !text_blank(cmd->email) || !text_blank(cmd->phone)
		|| refuse(d, "Say which e-mail address or phone number is the new one");
}

static bool
new_email_is_one(struct decision *d)
{
	return address_is_one(d, ((const struct customer_update_contact *)d->args)->email);
}

static bool
added_address_is_one(struct decision *d)
{
	const struct customer_add_contact_medium *cmd = d->args;

	return !is_email(cmd->medium_type) || address_is_one(d, cmd->value);
}

static bool
new_email_is_free(struct decision *d)
{
	const struct customer_update_contact *cmd = d->args;

	return address_is_free(d, cmd->email, medium_of_type(CUST(d), "email"));
}

static bool
added_address_is_free(struct decision *d)
{
	const struct customer_add_contact_medium *cmd = d->args;

	return !is_email(cmd->medium_type) || address_is_free(d, cmd->value, NULL);
}

static bool
room_for_a_medium(struct decision *d)
{
	return too_many_media(d, media_count(CUST(d), NULL) + 1);
}

static bool
room_for_what_is_new(struct decision *d)
{
	const struct customer_update_contact *cmd = d->args;
	int more = (!text_blank(cmd->email) && !medium_of_type(CUST(d), "email"))
		+ (!text_blank(cmd->phone) && !medium_of_type(CUST(d), "mobile"));

	return too_many_media(d, media_count(CUST(d), NULL) + more);
}

static bool
medium_exists(struct decision *d, const char *medium_id)
{
	if (medium_of(CUST(d), medium_id))
		return true;
	fact(d, "customer_id", d->target->id);
	fact(d, "cm_id", medium_id);
	return refuse(d, "Customer %s has no contact medium %s", d->target->id, medium_id);
}

static bool
changed_medium_exists(struct decision *d)
{
	return medium_exists(d, ((const struct customer_change_contact_medium *)d->args)->medium_id);
}

static bool
removed_medium_exists(struct decision *d)
{
	return medium_exists(d, ((const struct customer_remove_contact_medium *)d->args)->medium_id);
}

static bool
medium_is_no_email(struct decision *d)
{
	const struct customer_change_contact_medium *cmd = d->args;

	if (!is_email(medium_of(CUST(d), cmd->medium_id)->type))
		return true;
	fact(d, "customer_id", d->target->id);
	fact(d, "cm_id", cmd->medium_id);
	hint(d, "An operator changes it with customer.update_contact; the customer in the portal, with a code.");
	return refuse(d, "%s is an e-mail address: it has a flow of its own", cmd->medium_id);
}

/* without it nobody could sign in or be written to */
static bool
an_email_stays(struct decision *d)
{
	const struct customer_remove_contact_medium *cmd = d->args;

	if (!is_email(medium_of(CUST(d), cmd->medium_id)->type) || media_count(CUST(d), "email") > 1
	    || d->target->status == CUSTOMER_CLOSED)
		return true;
	fact(d, "cm_id", cmd->medium_id);
	hint(d, "Add the new address first.");
	return refuse(d, "%s is the only e-mail address of customer %s", cmd->medium_id, d->target->id);
}

/* ---- policies: name, interactions -------------------------------------------------------------------- */

static bool
a_name_is_given(struct decision *d)
{
	const struct customer_rename *cmd = d->args;

	if (!text_blank(cmd->given_name) || !text_blank(cmd->family_name))
		return true;
	fact(d, "customer_id", d->target_id);
	return refuse(d, "Give a given name or a family name");
}

static bool
is_an_individual(struct decision *d)
{
	if (CUST(d)->given_name || CUST(d)->family_name)
		return true;
	fact(d, "customer_id", d->target->id);
	hint(d, "customer.update changes its display name.");
	return refuse(d, "Customer %s is not an individual", d->target->id);
}

/* ---- policies: identity ------------------------------------------------------------------------------ */

/* a ready-made check names no document: one is made up from its token and the customer, because demonstrations use one token for
 * everybody.  Who is to be told from others gives the number. */
static const char *
document_number(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;
	const char *made_from;
	char hex[65];

	if (!text_blank(cmd->document_number))
		return trimmed(d->arena, cmd->document_number);
	if (text_blank(cmd->attestation_token))
		return NULL;
	made_from = arena_printf(d->arena, "%s|%s", cmd->attestation_token, cmd->customer_id);
	sha256_hex(made_from, strlen(made_from), hex);
	hex[12] = 0;
	return arena_printf(d->arena, "T%s", hex);
}

static bool
hash_is_given(const struct customer_attest_kyc *cmd)
{
	return !text_blank(cmd->document_number_last4) && !text_blank(cmd->document_number_hash);
}

static void
uppercase(char *s)
{
	for (; *s; s++)
		*s = (char)toupper((unsigned char)*s);
}

static const char *
document_hash(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;
	char hex[65], *number;

	if (text_blank(cmd->document_number) && hash_is_given(cmd))
		return cmd->document_number_hash;
	number = arena_strdup(d->arena, document_number(d));
	uppercase(number);
	number = arena_printf(d->arena, "%s|%s|%s", number, cmd->document_country, cmd->provider);
	sha256_hex(number, strlen(number), hex);
	return arena_strdup(d->arena, hex);
}

static const char *
document_last4(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;
	char *number;
	size_t n;

	if (text_blank(cmd->document_number) && hash_is_given(cmd))
		return cmd->document_number_last4;
	number = arena_strdup(d->arena, document_number(d));
	uppercase(number);
	n = strlen(number);
	return number + (n > 4 ? n - 4 : 0);
}

static bool
document_is_given(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;

	if (hash_is_given(cmd) || document_number(d))
		return true;
	fact(d, "provider", cmd->provider);
	return refuse(d, "Give the document's number, or its last four characters and its hash");
}

static bool
not_verified_yet(struct decision *d)
{
	if (!CUST(d)->verified)
		return true;
	fact(d, "customer_id", d->target->id);
	return refuse(d, "The identity of customer %s is verified already", d->target->id);
}

/* allowed when set to yes; unset: allowed outside production */
static bool
ready_made_checks_allowed(void)
{
	const char *set = config_text("BSS_KYC_ALLOW_PREBAKED"), *env = config_text("BSS_ENV");

	if (set)
		return strcmp(set, "1") == 0 || strcasecmp(set, "true") == 0 || strcasecmp(set, "yes") == 0;
	return !env || strcmp(env, "production") != 0;
}

static bool
is_signed(struct decision *d, const struct customer_attest_kyc *cmd)
{
	const cJSON *payload;

	if (!text_blank(cmd->attestation_token))
		return true;
	if (!cmd->attestation_payload)
		return false;
	payload = json_parse(d->arena, cmd->attestation_payload, strlen(cmd->attestation_payload), NULL);
	return payload && cJSON_HasObjectItem(payload, "signature");
}

/* a provider that calls back must have called back; nothing it signed has been kept under this id */
static bool
called_back(struct decision *d, const struct customer_attest_kyc *cmd)
{
	fact(d, "provider", cmd->provider);
	fact(d, "corroboration_id", cmd->corroboration_id);
	hint(d, "The attestation follows when the provider's signed answer is there.");
	return refuse(d, "No signed answer of %s stands behind this attestation", cmd->provider);
}

static bool
corroborated(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;

	if (strcmp(cmd->provider, "didit") == 0)
		return called_back(d, cmd);
	if (ready_made_checks_allowed() && is_signed(d, cmd))
		return true;
	fact(d, "provider", cmd->provider);
	if (!ready_made_checks_allowed())
		return refuse(d, "Ready-made identity checks (%s) are not allowed here", cmd->provider);
	hint(d, "Give attestation_token, or a payload with a signature.");
	return refuse(d, "The attestation by %s is not signed", cmd->provider);
}

static const char *
document_key(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;

	return arena_printf(d->arena, "%s/%s", cmd->document_type, document_hash(d));
}

static bool
document_is_free(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;

	if (config_bool("BSS_KYC_ALLOW_DOC_REUSE") || !index_get(d->tenant, INDEX_DOCUMENT, document_key(d)))
		return true;
	fact(d, "document_type", cmd->document_type);
	return refuse(d, "This %s identifies another customer already", cmd->document_type);
}

/* ---- commands: creating, status ---------------------------------------------------------------------- */

struct full_name { const char *given, *family, *display; };

/* "Ada Lim" is Ada and Lim; a party of TMF629 is known by its name alone */
static struct full_name
name_given(struct decision *d)
{
	const struct customer_create *cmd = d->args;
	const char *name = trimmed(d->arena, cmd->name), *blank = name ? strchr(name, ' ') : NULL;
	struct full_name n = { trimmed(d->arena, cmd->given_name), trimmed(d->arena, cmd->family_name), name };

	if (name && !cmd->document && !n.given && !n.family) {
		n.given = blank ? arena_strndup(d->arena, name, (size_t)(blank - name)) : name;
		n.family = blank ? trimmed(d->arena, blank) : NULL;
	}
	if (!n.display)
		n.display = joined(d->arena, n.given, n.family);
	return n;
}

static bool
customer_create(struct decision *d)
{
	const struct customer_create *cmd = d->args;
	struct full_name n = name_given(d);
	struct list l = media_given(d);
	struct contact_medium *media = l.items;
	const char *id = new_id(d, AGGREGATE_customer);

	for (int i = 0; i < l.n; i++)
		media[i].id = new_hex_id(d, "CM-", 8);
	emit(d, customer_created, id, .given_name = n.given, .family_name = n.family, .date_of_birth = cmd->date_of_birth,
		.status = l.n ? "active" : "pending", .contact_media = l, .name = n.display, .document = cmd->document);
	note(d, id, "Customer created: %s", n.display);
	return true;
}

static const char **
one_more(struct texts *t, const char *name)
{
	t->v[t->n++] = name;
	return t->v;
}

static bool
customer_update(struct decision *d)
{
	const struct customer_update *cmd = d->args;
	const char *old = CUST(d)->document ? CUST(d)->document : "{}", *merged = NULL, *names[4];
	const char *name = trimmed(d->arena, cmd->name);
	struct texts changed = { names, 0 };
	struct buf said = { 0 };

	if (cmd->document && !(merged = json_merge_patch(d->arena, old, cmd->document, d->refusal)))
		return false;
	if (cmd->status)
		one_more(&changed, "status");
	if (cmd->status_reason || cmd->cleared.n)
		one_more(&changed, "status_reason");
	if (name)
		one_more(&changed, "name");
	if (merged)
		one_more(&changed, "document");
	if (!changed.n)
		return true;
	emit(d, customer_updated, d->target->id, .status = cmd->status, .status_reason = cmd->status_reason, .name = name,
		.document = merged, .fields_updated = changed);
	for (int i = 0; i < changed.n; i++)
		buf_printf(&said, "%s%s", i ? ", " : "", names[i]);
	note(d, d->target->id, "Customer updated: %s", buf_text(&said));
	buf_free(&said);
	return true;
}

static bool
customer_close(struct decision *d)
{
	const struct customer_close *cmd = d->args;
	const char *changed[] = { "status", "status_reason" };

	if (d->target->status == CUSTOMER_CLOSED)
		return true;
	emit(d, customer_updated, d->target->id, .status = "closed", .status_reason = cmd->reason,
		.fields_updated = { changed, cmd->reason ? 2 : 1 });
	note(d, d->target->id, "Customer closed");
	return true;
}

static bool
customer_remove(struct decision *d)
{
	emit(d, customer_removed, d->target->id, .reason = "reset");
	return true;
}

/* ---- commands: contact media, name ------------------------------------------------------------------- */

static void
add_medium(struct decision *d, const char *type, const char *value, bool primary)
{
	const char *id = new_hex_id(d, "CM-", 8), *status[] = { "status" };

	emit(d, customer_contact_medium_added, d->target->id, .contact_medium_id = id, .medium_type = type,
		.value = trimmed(d->arena, value), .is_primary = primary);
	note(d, d->target->id, "Contact medium added: %s", type);
	if (d->target->status == CUSTOMER_PENDING)
		emit(d, customer_updated, d->target->id, .status = "active", .status_reason = "contact medium added",
			.fields_updated = { status, 1 });
}

static void
change_medium(struct decision *d, const struct medium_state *m, const char *value)
{
	const char *type = arena_strdup(d->arena, m->type);

	emit(d, customer_contact_medium_updated, d->target->id, .contact_medium_id = m->id, .medium_type = type,
		.value = trimmed(d->arena, value));
	note(d, d->target->id, "Contact medium updated: %s", type);
}

static void
set_medium(struct decision *d, const char *type, const char *value)
{
	const struct medium_state *m = medium_of_type(CUST(d), type);

	if (text_blank(value))
		return;
	if (!m)
		add_medium(d, type, value, true);
	else if (strcmp(m->value, trimmed(d->arena, value)) != 0)
		change_medium(d, m, value);
}

static bool
customer_update_contact(struct decision *d)
{
	const struct customer_update_contact *cmd = d->args;

	set_medium(d, "email", cmd->email);
	set_medium(d, "mobile", cmd->phone);
	return true;
}

static bool
customer_add_contact_medium(struct decision *d)
{
	const struct customer_add_contact_medium *cmd = d->args;

	add_medium(d, cmd->medium_type, cmd->value, cmd->is_primary);
	return true;
}

static bool
customer_change_contact_medium(struct decision *d)
{
	const struct customer_change_contact_medium *cmd = d->args;

	change_medium(d, medium_of(CUST(d), cmd->medium_id), cmd->value);
	return true;
}

static bool
customer_remove_contact_medium(struct decision *d)
{
	const struct customer_remove_contact_medium *cmd = d->args;
	const char *type = arena_strdup(d->arena, medium_of(CUST(d), cmd->medium_id)->type);

	emit(d, customer_contact_medium_removed, d->target->id, .contact_medium_id = cmd->medium_id, .medium_type = type);
	return true;
}

static bool
customer_rename(struct decision *d)
{
	const struct customer_rename *cmd = d->args;
	const char *given = trimmed(d->arena, cmd->given_name), *family = trimmed(d->arena, cmd->family_name), *names[2];
	struct texts fields = { names, 0 };

	if (given)
		one_more(&fields, "given_name");
	if (family)
		one_more(&fields, "family_name");
	emit(d, customer_individual_updated, d->target->id, .given_name = given ? given : CUST(d)->given_name,
		.family_name = family ? family : CUST(d)->family_name, .fields = fields);
	note(d, d->target->id, "Customer updated their display name");
	return true;
}

/* ---- commands: identity, interactions ---------------------------------------------------------------- */

static bool
customer_attest_kyc(struct decision *d)
{
	const struct customer_attest_kyc *cmd = d->args;

	emit(d, customer_kyc_attested, d->target->id, .provider = cmd->provider, .provider_reference = cmd->provider_reference,
		.document_type = cmd->document_type, .document_country = cmd->document_country,
		.document_last4 = document_last4(d), .document_hash = document_hash(d), .date_of_birth = cmd->date_of_birth,
		.nationality = cmd->nationality, .verified_at = cmd->verified_at ? cmd->verified_at : d->now,
		.corroboration_id = cmd->corroboration_id, .kyc_status = "verified");
	note(d, d->target->id, "KYC attested via %s", cmd->provider);
	return true;
}

static bool
interaction_log(struct decision *d)
{
	const struct interaction_log *cmd = d->args;

	d->made_id = new_place_id(d, "INT-");
	emit(d, interaction_logged, d->target->id, .interaction_id = d->made_id,
		.channel = d->caller->channel ? d->caller->channel : "system", .direction = cmd->direction,
		.summary = cmd->summary, .body = cmd->body, .agent_id = cmd->agent_id, .related_case_id = cmd->related_case_id,
		.related_ticket_id = cmd->related_ticket_id);
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------ */

static void
index_address(struct customer_state *c, const struct medium_state *m)
{
	char key[ADDRESS_MAX];

	if (is_email(m->type) && *address_key(key, m->value))
		index_put(c->e.tenant, INDEX_EMAIL, key, &c->e);
}

static void
unindex_address(struct customer_state *c, const struct medium_state *m)
{
	char key[ADDRESS_MAX];

	if (is_email(m->type) && *address_key(key, m->value) && index_get(c->e.tenant, INDEX_EMAIL, key) == &c->e)
		index_drop(c->e.tenant, INDEX_EMAIL, key);
}

static void
keep_medium(struct world *w, struct customer_state *c, const struct contact_medium *given)
{
	for (int i = 0; i < CONTACT_MEDIA_MAX; i++) {
		struct medium_state *m = &c->media[i];

		if (m->used)
			continue;
		m->used = true;
		m->primary = given->is_primary;
		keep(m->id, given->id);
		keep(m->type, given->medium_type);
		world_text_replace(w, &m->value, given->value ? given->value : "");
		index_address(c, m);
		return;
	}
}

static uint8_t
status_named(const char *status, uint8_t otherwise)
{
	int n;
	const char *const *texts = states_of(AGGREGATE_customer, &n);

	for (int i = 0; status && i < n; i++)
		if (strcmp(texts[i], status) == 0)
			return (uint8_t)i;
	return otherwise;
}

static void
on_created(struct world *w, void *self, const void *event, int64_t at)
{
	struct customer_state *c = self;
	const struct customer_created *e = event;
	const struct contact_medium *media = e->contact_media.items;

	(void)at;
	c->e.status = status_named(e->status, CUSTOMER_ACTIVE);
	world_text_replace(w, &c->name, e->name);
	world_text_replace(w, &c->given_name, e->given_name);
	world_text_replace(w, &c->family_name, e->family_name);
	world_text_replace(w, &c->document, known(e->document));
	for (int i = 0; i < e->contact_media.n; i++)
		keep_medium(w, c, &media[i]);
}

static void
on_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct customer_state *c = self;
	const struct customer_updated *e = event;

	(void)at;
	c->e.status = status_named(e->status, c->e.status);
	if (e->name)
		world_text_replace(w, &c->name, e->name);
	if (e->document)
		world_text_replace(w, &c->document, known(e->document));
}

static void
on_medium_added(struct world *w, void *self, const void *event, int64_t at)
{
	const struct customer_contact_medium_added *e = event;

	(void)at;
	keep_medium(w, self, &(struct contact_medium){ e->contact_medium_id, e->medium_type, e->value, e->is_primary });
}

static void
on_medium_updated(struct world *w, void *self, const void *event, int64_t at)
{
	const struct customer_contact_medium_updated *e = event;
	struct medium_state *m = medium_of(self, e->contact_medium_id);

	(void)at;
	if (!m)
		return;
	unindex_address(self, m);
	world_text_replace(w, &m->value, e->value ? e->value : "");
	index_address(self, m);
}

static void
drop_medium(struct world *w, struct customer_state *c, struct medium_state *m)
{
	unindex_address(c, m);
	world_text_replace(w, &m->value, NULL);
	*m = (struct medium_state){ 0 };
}

static void
on_medium_removed(struct world *w, void *self, const void *event, int64_t at)
{
	const struct customer_contact_medium_removed *e = event;
	struct medium_state *m = medium_of(self, e->contact_medium_id);

	(void)at;
	if (m)
		drop_medium(w, self, m);
}

static void
on_individual_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct customer_state *c = self;
	const struct customer_individual_updated *e = event;
	struct arena *scratch = arena_new();

	(void)at;
	world_text_replace(w, &c->given_name, e->given_name);
	world_text_replace(w, &c->family_name, e->family_name);
	world_text_replace(w, &c->name, joined(scratch, e->given_name, e->family_name));
	arena_free(scratch);
}

static void
on_kyc_attested(struct world *w, void *self, const void *event, int64_t at)
{
	struct customer_state *c = self;
	const struct customer_kyc_attested *e = event;
	char key[sizeof c->document_key];

	(void)w, (void)at;
	c->verified = true;
	if (!known(e->document_hash))
		return;
	snprintf(key, sizeof key, "%s/%s", e->document_type, e->document_hash);
	keep(c->document_key, key);
	index_put(c->e.tenant, INDEX_DOCUMENT, key, &c->e);
}

static void
on_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct customer_state *c = self;

	(void)event, (void)at;
	for (int i = 0; i < CONTACT_MEDIA_MAX; i++)
		if (c->media[i].used)
			drop_medium(w, c, &c->media[i]);
	if (c->document_key[0] && index_get(c->e.tenant, INDEX_DOCUMENT, c->document_key) == &c->e)
		index_drop(c->e.tenant, INDEX_DOCUMENT, c->document_key);
	world_text_replace(w, &c->name, NULL);
	world_text_replace(w, &c->given_name, NULL);
	world_text_replace(w, &c->family_name, NULL);
	world_text_replace(w, &c->document, NULL);
}

/* ---- the tables -------------------------------------------------------------------------------------- */

static const struct policy create_policies[] = {
	{ "customer.create.requires_contact_medium", reachable, "A customer has at least one contact medium" },
	{ "customer.contact.valid_email", new_addresses_are_some, "An e-mail address reads name@domain" },
	{ "customer.create.email_unique", new_addresses_are_free, "No other customer has the e-mail address" },
	{ "customer.create.requires_name", named, "A customer has a name" },
	{ "customer.contact.at_most_n_media", few_enough_new_media, "A customer has at most sixteen contact media" },
	{ 0 }
};
static const struct policy update_policies[] = {
	{ "customer.update.not_found", target_exists, "The customer exists" },
	{ "customer.close.no_active_subscriptions", no_live_line_when_leaving, "A customer with a line stays active" },
	{ 0 }
};
static const struct policy close_policies[] = {
	{ "customer.update.not_found", target_exists, "The customer exists" },
	{ "customer.close.no_active_subscriptions", no_live_line, "A customer with a line stays, blocked lines too" },
	{ 0 }
};
static const struct policy update_contact_policies[] = {
	{ "customer.contact.not_found", target_exists, "The customer exists" },
	{ "customer.contact.update.no_fields", something_to_reach, "An address or a number is given" },
	{ "customer.contact.valid_email", new_email_is_one, "An e-mail address reads name@domain" },
	{ "customer.create.email_unique", new_email_is_free, "No other customer has the e-mail address" },
	{ "customer.contact.at_most_n_media", room_for_what_is_new, "A customer has at most sixteen contact media" },
	{ 0 }
};
static const struct policy add_medium_policies[] = {
	{ "customer.contact.not_found", target_exists, "The customer exists" },
	{ "customer.contact.valid_email", added_address_is_one, "An e-mail address reads name@domain" },
	{ "customer.create.email_unique", added_address_is_free, "Nobody has the e-mail address yet" },
	{ "customer.contact.at_most_n_media", room_for_a_medium, "A customer has at most sixteen contact media" },
	{ 0 }
};
static const struct policy change_medium_policies[] = {
	{ "customer.contact.not_found", target_exists, "The customer exists" },
	{ "customer.contact_medium.unknown", changed_medium_exists, "The medium is one of the customer's" },
	{ "customer.contact_medium.email_must_use_change_flow", medium_is_no_email, "The medium is not an e-mail address" },
	{ 0 }
};
static const struct policy remove_medium_policies[] = {
	{ "customer.contact.not_found", target_exists, "The customer exists" },
	{ "customer.contact.medium_not_found", removed_medium_exists, "The medium is one of the customer's" },
	{ "customer.contact.not_last_email", an_email_stays, "An e-mail address stays" },
	{ 0 }
};
static const struct policy rename_policies[] = {
	{ "customer.individual.update.no_fields", a_name_is_given, "A name is given" },
	{ "customer.contact.not_found", target_exists, "The customer exists" },
	{ "customer.individual.not_found", is_an_individual, "The customer is an individual" },
	{ 0 }
};
static const struct policy attest_policies[] = {
	{ "customer.attest_kyc.document_required", document_is_given, "The document's number or its last four and hash are given" },
	{ "customer.attest_kyc.customer_exists", target_exists, "The customer exists" },
	{ "customer.attest_kyc.already_verified", not_verified_yet, "The identity is not verified yet" },
	{ "kyc.attestation.uncorroborated", corroborated, "The provider called back, or a signed ready-made check is allowed" },
	{ "customer.attest_kyc.document_hash_unique_per_tenant", document_is_free, "The document identifies nobody else" },
	{ 0 }
};
static const struct policy interaction_policies[] = {
	{ "interaction.log.customer_not_found", target_exists, "The customer exists" },
	{ 0 }
};
static const struct policy remove_policies[] = {
	{ "customer.remove.not_found", target_exists, "The customer exists" },
	{ 0 }
};
#define THIS  AGGREGATE_customer
static const struct command commands[] = {
	/* args                                  about from       policies                 decide */
	{ &customer_create_shape,                THIS, NEW,       create_policies,         customer_create },
	{ &customer_update_shape,                THIS, ANY_STATE, update_policies,         customer_update },
	{ &customer_close_shape,                 THIS, ANY_STATE, close_policies,          customer_close },
	{ &customer_update_contact_shape,        THIS, ANY_STATE, update_contact_policies, customer_update_contact },
	{ &customer_add_contact_medium_shape,    THIS, ANY_STATE, add_medium_policies,     customer_add_contact_medium },
	{ &customer_change_contact_medium_shape, THIS, ANY_STATE, change_medium_policies,  customer_change_contact_medium },
	{ &customer_remove_contact_medium_shape, THIS, ANY_STATE, remove_medium_policies,  customer_remove_contact_medium },
	{ &customer_rename_shape,                THIS, ANY_STATE, rename_policies,         customer_rename },
	{ &customer_attest_kyc_shape,            THIS, ANY_STATE, attest_policies,         customer_attest_kyc },
	{ &interaction_log_shape,                THIS, ANY_STATE, interaction_policies,    interaction_log },
	{ &customer_remove_shape,                THIS, ANY_STATE, remove_policies,         customer_remove },
	{ 0 }
};
#define ANY_STATUS  (IN(CUSTOMER_PENDING) | IN(CUSTOMER_ACTIVE) | IN(CUSTOMER_SUSPENDED) | IN(CUSTOMER_CLOSED))
static const struct transition transitions[] = {
	/* event                                 to    apply (the status is in the event) */
	{ &customer_created_shape,                STAY, on_created, 0, IN(CUSTOMER_PENDING) | IN(CUSTOMER_ACTIVE) },
	{ &customer_updated_shape,                STAY, on_updated, ANY_STATUS, ANY_STATUS },
	{ &customer_contact_medium_added_shape,   STAY, on_medium_added },
	{ &customer_contact_medium_updated_shape, STAY, on_medium_updated },
	{ &customer_contact_medium_removed_shape, STAY, on_medium_removed },
	{ &customer_individual_updated_shape,     STAY, on_individual_updated },
	{ &customer_kyc_attested_shape,           STAY, on_kyc_attested },
	{ &interaction_logged_shape,              STAY, NULL },
	{ &customer_removed_shape,                STAY, on_removed },
	{ 0 }
};
EVERY_COMMAND(commands, CUSTOMER_COMMANDS);
EVERY_EVENT(transitions, CUSTOMER_EVENTS);

static const char *
subject(const void *self)
{
	return ((const struct customer_state *)self)->e.id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_customer, __FILE__, sizeof(struct customer_state), subject },
	{ 0 }
};
const struct module customer_module = { aggregates, commands, transitions };
