/* server.c -- the answering side: a ROUTER that never blocks and believes nobody.
 *
 * A reply to a peer that has gone, or that does not read, is dropped and counted: it repeats its
 * request under the same key and gets the same answer. */
#include "core/bus/frames.h"
#include "core/bus/socket.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include <string.h>

#define LINGER_MS 200
#define FRAMES_MAX (BUS_MAX_ITEMS + 2)          /* who asks, header, items */

struct bus_server {
	void *socket;
	struct claim claim;
	struct message in;
	struct buf out;
	struct bus_counts counts;
};

struct bus_server *
bus_serve(enum bus_socket which, struct error *err)
{
	struct bus_server *s = mem_new(sizeof *s);
	s->socket = socket_open(ZMQ_ROUTER);
	s->claim.lock = -1;
	socket_option(s->socket, ZMQ_ROUTER_MANDATORY, 1);
	message_start(&s->in, FRAMES_MAX);
	if (socket_bind(s->socket, which, &s->claim, err))
		return s;
	bus_server_close(s);
	return NULL;
}

void
bus_server_close(struct bus_server *s)
{
	if (!s)
		return;
	socket_close(s->socket, LINGER_MS);
	claim_release(&s->claim);
	message_free(&s->in);
	buf_free(&s->out);
	mem_drop(s);
}

int
bus_server_fd(const struct bus_server *s)
{
	return socket_fd(s->socket);
}

void *
bus_server_socket(const struct bus_server *s)
{
	return s->socket;
}

struct bus_counts
bus_server_counts(const struct bus_server *s)
{
	return s->counts;
}

/* requests ----------------------------------------------------------------------------------------- */

static bool
peer_of(const struct message *m, struct bus_peer *peer)
{
	if (m->n < 1)
		return false;
	zmq_msg_t *frame = &m->frames[0];
	peer->len = zmq_msg_size(frame);
	if (peer->len == 0 || peer->len > sizeof peer->id)
		return false;
	memcpy(peer->id, zmq_msg_data(frame), peer->len);
	return true;
}

static bool
read_header(const struct message *m, struct arena *a, struct bus_header *h, struct error *err)
{
	if (m->n < 2)
		return error_set(err, ERROR_INVALID, "bus.malformed", "The request has no header");
	zmq_msg_t *frame = &m->frames[1];
	return bus_header_unpack(zmq_msg_data(frame), zmq_msg_size(frame), a, h, err);
}

static bool
read_items(const struct message *m, struct arena *a, struct bus_request *r, struct error *err)
{
	if (m->overflow && m->bytes > BUS_MAX_BYTES)
		return error_set(err, ERROR_INVALID, "bus.too_large", "The request has more than %d bytes",
			BUS_MAX_BYTES);
	if (m->overflow)
		return error_set(err, ERROR_INVALID, "bus.too_many", "The request has more than %d items",
			BUS_MAX_ITEMS);
	if (m->n < 3)
		return error_set(err, ERROR_INVALID, "bus.malformed", "The request asks for nothing");
	struct bus_item *items = arena_array(a, struct bus_item, m->n - 2);
	for (int i = 2; i < m->n; i++) {
		zmq_msg_t *frame = &m->frames[i];
		if (!bus_item_unpack(zmq_msg_data(frame), zmq_msg_size(frame), a, &items[i - 2], err)) {
			error_fact_int(err, "item", i - 2);
			return false;
		}
	}
	r->items = items;
	r->n = m->n - 2;
	return true;
}

static void
refuse(struct bus_server *s, const struct bus_request *r, const struct error *err)
{
	struct bus_answer no = { .status = ANSWER_ERROR, .error = *err };
	s->counts.hostile++;
	bus_reply(s, &r->peer, r->header.id, &no, 1);
}

/* true when the message in hand is a request that somebody still waits for */
static bool
take(struct bus_server *s, struct arena *a, struct bus_request *r)
{
	struct error err = { 0 };
	*r = (struct bus_request){ 0 };
	s->counts.received++;
	if (!peer_of(&s->in, &r->peer)) {
		s->counts.hostile++;
		return false;
	}
	if (!read_header(&s->in, a, &r->header, &err)) {
		refuse(s, r, &err);
		return false;
	}
	if (r->header.deadline && r->header.deadline < wall_now()) {
		s->counts.expired++;
		return false;
	}
	if (!read_items(&s->in, a, r, &err)) {
		refuse(s, r, &err);
		return false;
	}
	return true;
}

bool
bus_receive(struct bus_server *s, struct arena *a, struct bus_request *r)
{
	bool taken = false;
	while (!taken && message_receive(&s->in, s->socket))
		taken = take(s, a, r);
	message_clear(&s->in);
	return taken;
}

/* replies ------------------------------------------------------------------------------------------ */

/* What a peer cannot receive would cut its connection.  A query's result is refused with a reason; a
 * committed command stays committed and only its events are left out: they are in the log. */
static void
pack_within(const struct bus_answer *w, size_t room, struct buf *out)
{
	buf_clear(out);
	bus_answer_pack(w, out);
	if (out->len <= room)
		return;
	struct bus_answer less = *w;
	less.events = NULL;
	less.n_events = 0;
	if (w->result_len) {
		less = (struct bus_answer){ .status = ANSWER_ERROR, .position = w->position };
		error_set(&less.error, ERROR_INVALID, "bus.answer_too_large", "The answer has more than %d bytes",
			BUS_MAX_BYTES);
		error_hint(&less.error, "ask for less at a time");
	}
	buf_clear(out);
	bus_answer_pack(&less, out);
}

bool
bus_reply(struct bus_server *s, const struct bus_peer *peer, const uint8_t id[16], const struct bus_answer *w,
	int n)
{
	struct reply_head head = { .version = BUS_VERSION };
	size_t room = BUS_MAX_BYTES;
	must(n > 0);
	memcpy(head.id, id, sizeof head.id);
	buf_clear(&s->out);
	reply_head_pack(&head, &s->out);
	/* only the first frame can fail: EHOSTUNREACH, he is gone; EAGAIN, he does not read */
	if (!send_frame(s->socket, peer->id, peer->len, ZMQ_SNDMORE)) {
		s->counts.gone++;
		return false;
	}
	send_frame(s->socket, s->out.data, s->out.len, ZMQ_SNDMORE);
	for (int i = 0; i < n; i++) {
		pack_within(&w[i], room, &s->out);
		room -= s->out.len < room ? s->out.len : room;
		send_frame(s->socket, s->out.data, s->out.len, i + 1 < n ? ZMQ_SNDMORE : 0);
	}
	return true;
}
