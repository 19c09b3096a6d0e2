/* problem.h -- the one body of every refusal: TM Forum's Error, and what our own users look for in it.
 *
 * A refused business rule keeps the five keys that the reference's users know (code POLICY_VIOLATION, reason, message,
 * referenceError, context); everything else carries TM Forum's application codes.  Always one object, never an array. */
#pragma once
#include "core/base/buf.h"
#include "core/base/error.h"

/* TM Forum's codes for what is wrong with a request */
#define PROBLEM_INTERNAL "1"
#define PROBLEM_URL "20"
#define PROBLEM_NO_BODY "21"
#define PROBLEM_BODY "22"
#define PROBLEM_NO_FIELD "23"
#define PROBLEM_FIELD "24"
#define PROBLEM_HEADER "26"
#define PROBLEM_QUERY "28"
#define PROBLEM_DENIED "50"
#define PROBLEM_TOO_MANY "53"
#define PROBLEM_NOT_FOUND "60"
#define PROBLEM_METHOD "61"

void problem_write(struct buf *, int status, const char *code, const char *reason, const char *message);
/* the body of an error of ours; returns its HTTP status */
int problem_of(struct buf *, const struct error *);
const char *problem_code(const struct error *);
