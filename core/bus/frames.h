/* frames.h -- frames that only core/bus itself speaks of: the head of a reply, the middle of a note. */
#pragma once
#include "core/bus/bus.h"

struct reply_head { int version; uint8_t id[16]; };

void reply_head_pack(const struct reply_head *, struct buf *);
bool reply_head_unpack(const void *, size_t, struct reply_head *, struct error *);     /* allocates nothing */
void note_pack(const struct bus_note *, struct buf *);                    /* without topic and body */
bool note_unpack(const void *, size_t, struct arena *, struct bus_note *, struct error *);
