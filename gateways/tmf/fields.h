/* fields.h -- cuts a finished document down to the attributes that were asked for.
 *
 * Works on the text: what stays is copied as it stands, so that no number and no text changes on the way. */
#pragma once
#include "core/base/buf.h"

/* id and href always stay; unknown names are skipped; "a.b" keeps only b inside a, in every element when a is a list */
void fields_cut(const char *document, size_t n, const char *const *fields, int n_fields, struct buf *out);
