/* model.h -- the inside of a read model at work; for the files of the framework only. */
#pragma once
#include "projections/column.h"
#include "projections/store.h"

#define TABLES_MAX 10

enum entry_state { ENTRY_CLEAN, ENTRY_DIRTY, ENTRY_ABSENT, ENTRY_GONE };
/* ABSENT: known not to be in the database; GONE: to be deleted by the flush */
struct entry {
	struct row row;
	uint32_t hash;
	enum entry_state state;
	bool listed;                         /* in the list of rows the batch touched */
	void *block;                         /* a settled row: one allocation that holds the struct and all it points to */
	size_t block_size;
};
/* rows that lay there before an event: what came after it stays, also when all drops are done at the end of a rebuild */
struct drop { const struct read_table *table; const char *tenant, *column, *value; int64_t before; };

struct table {                               /* rows of one read table */
	struct columns columns;
	const struct field *key;
	struct entry **slots; int cap, n;
	struct entry **touched; int touched_n, touched_cap;
	struct row *appended; int appended_n, appended_cap;
	struct buf select, upsert, delete_, copy, copy_frozen;   /* SQL */
	char select_name[160], upsert_name[160], delete_name[160];
};
struct model {
	const struct projection *projection;
	char schema[64];
	bool memory, bulk;
	struct table tables[TABLES_MAX]; int tables_n;
	const struct handler **by_code[2048];            /* each list ends with NULL */
	char **tenants; int tenants_n;
	struct drop *drops; int drops_n, drops_cap;
	size_t bytes;                                    /* of settled rows */
	struct checkpoint based_on;                      /* what the cache holds is the database's state there */
	struct checkpoint idle;                          /* events up to here were seen and do not concern the model */
	struct pg *pg;                                   /* while a batch is applied to a database */
	struct table *streaming;                         /* bulk: the append table whose COPY is open */
	struct buf copied;                               /* bulk: what goes out next */
};

struct table *model_table(struct model *, const struct read_table *);
struct entry *entry_find(struct table *, const char *tenant, const char *key);
struct entry *entry_add(struct model *, struct table *, const char *tenant, const char *key);
const char *entry_key(const struct table *, const struct row *);
const char *model_tenant(struct model *, const char *name);
void entry_settle(struct model *, struct table *, struct entry *);
void model_settle(struct model *);                   /* after a flush, or instead of one: the batch's arena may go */
bool model_run(struct model *, const struct happened *, int n, int64_t *stopped_at, struct error *);
/* flush.c */
bool table_fetch(struct model *, struct table *, const char *const *tenants, const char *const *keys, int n,
	struct arena *, struct error *);
bool model_prefetch(struct model *, const struct happened *, int n, struct arena *, struct error *);
bool model_flush(struct model *, struct pg *, struct error *);
bool flush_drops(struct model *, struct pg *, struct error *);
/* bulk.c: rows by COPY, also those that a live batch appends */
bool copy_begin(struct model *, struct table *, struct pg *, struct error *);
bool copy_row(struct model *, struct table *, const struct row *, struct pg *, struct buf *scratch, struct error *);
bool copy_end(struct model *, struct pg *, struct error *);
/* commit.c */
bool move_checkpoint(struct model *, struct pg *, const struct checkpoint *, struct error *);
