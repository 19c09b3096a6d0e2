/* sample.h -- shapes with a field of every kind, for the tests and the fuzzer of the codec. */
#pragma once
#include "core/base/shape.h"

#define AGGREGATE_sample 1

#define inner_fields(_, T) \
	_(T, TEXT, label, REQ UPTO(20), "its name") \
	_(T, INT,  units, OPT, "how many")
#define item_fields(_, T) \
	_(T, ID,    sku,   REQ, "what") \
	_(T, MONEY, price, OPT, "for how much") \
	_(T, LIST,  parts, OF(inner), "made of")
#define sample_fields(_, T) \
	_(T, ID,      sample_id,  REQ TARGET, "which one") \
	_(T, TEXT,    note,       UPTO(40), "free text") \
	_(T, TEXT,    level,      CHOICE("low|high") FALLBACK("low"), "how much") \
	_(T, DATE,    born_on,    OPT, "a date") \
	_(T, DECIMAL, amount,     OPT, "an amount") \
	_(T, JSON,    document,   OPT, "a document") \
	_(T, INT,     count,      FALLBACK("7"), "a number") \
	_(T, BOOL,    active,     OPT, "a truth") \
	_(T, REAL,    chance,     OPT, "a probability") \
	_(T, TIME,    valid_to,   CLEARABLE, "until when") \
	_(T, TIME,    starts_at,  FALLBACK("now"), "from when") \
	_(T, MONEY,   price,      OPT, "for how much") \
	_(T, OPTINT,  perhaps,    OPT, "a number or none") \
	_(T, OPTBOOL, flag,       OPT, "yes, no or unsaid") \
	_(T, OPTREAL, share,      OPT, "a number or none") \
	_(T, TEXTS,   tags,       UPTO(4), "words") \
	_(T, LIST,    items,      OF(item) UPTO(3), "rows") \
	_(T, TEXT,    given_name, PERSONAL, "whose") \
	_(T, TEXT,    pin,        SECRET, "hidden")

SHAPE_DECLARE_(inner, "a part")
SHAPE_DECLARE_(item, "a row")
SHAPE_DECLARE_(sample, "everything")

#ifdef SAMPLE_DEFINE
SHAPE_DEFINE_(inner, "a part")
SHAPE_DEFINE_(item, "a row")
SHAPE_DEFINE_(sample, "everything")
#endif
