/* client.c -- the asking side: a DEALER that queues nothing for a peer that is away.
 *
 * IMMEDIATE and no linger: a request that was not handed to a live connection was never sent, so the
 * caller knows at once and repeats with the same key.  The first send waits a moment for the
 * connection, or a program that has just started could never say anything. */
#include "core/bus/frames.h"
#include "core/bus/socket.h"
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/mem.h"
#include <string.h>

#define GRACE (250 * SECOND / 1000)
#define FRAMES_MAX (BUS_MAX_ITEMS + 1)          /* header, answers */

struct bus_client {
	void *socket;
	enum bus_socket which;
	bool grace_used;
	uint64_t ids[2];                        /* random, counted */
	struct message in;
	struct buf out;
	size_t *ends;                           /* where each packed item ends in `out` */
	int n_ends;
};

struct bus_client *
bus_connect(enum bus_socket which, struct error *err)
{
	struct bus_client *c = mem_new(sizeof *c);
	c->which = which;
	c->socket = socket_open(ZMQ_DEALER);
	random_bytes(c->ids, sizeof c->ids);
	socket_option(c->socket, ZMQ_IMMEDIATE, 1);
	message_start(&c->in, FRAMES_MAX);
	if (socket_connect(c->socket, which, err))
		return c;
	bus_client_close(c);
	return NULL;
}

void
bus_client_close(struct bus_client *c)
{
	if (!c)
		return;
	socket_close(c->socket, 0);
	message_free(&c->in);
	buf_free(&c->out);
	mem_drop(c->ends);
	mem_drop(c);
}

int
bus_client_fd(const struct bus_client *c)
{
	return socket_fd(c->socket);
}

void *
bus_client_socket(const struct bus_client *c)
{
	return c->socket;
}

/* sending ------------------------------------------------------------------------------------------ */

static void
complete(struct bus_client *c, struct bus_header *h)
{
	static const uint8_t none[16];
	if (!h->version)
		h->version = BUS_VERSION;
	if (memcmp(h->id, none, sizeof none) != 0)
		return;
	c->ids[1]++;
	memcpy(h->id, c->ids, sizeof h->id);
}

static bool
pack_request(struct bus_client *c, const struct bus_header *h, const struct bus_item *items, int n,
	struct error *err)
{
	if (n < 1 || n > BUS_MAX_ITEMS)
		return error_set(err, ERROR_INVALID, "bus.too_many", "A request holds 1 to %d items, not %d",
			BUS_MAX_ITEMS, n);
	if (n + 1 > c->n_ends) {
		c->n_ends = n + 1;
		c->ends = mem_grow(c->ends, sizeof *c->ends * (size_t)c->n_ends);
	}
	buf_clear(&c->out);
	bus_header_pack(h, &c->out);
	c->ends[0] = c->out.len;
	for (int i = 0; i < n; i++) {
		bus_item_pack(&items[i], &c->out);
		c->ends[i + 1] = c->out.len;
		if (c->out.len > BUS_MAX_BYTES - 256)   /* the server also counts who asks */
			return error_set(err, ERROR_INVALID, "bus.too_large", "The request has more than %d bytes",
				BUS_MAX_BYTES - 256);
	}
	return true;
}

static bool
send_first(struct bus_client *c)
{
	if (send_frame(c->socket, c->out.data, c->ends[0], ZMQ_SNDMORE))
		return c->grace_used = true;
	if (c->grace_used)
		return false;
	c->grace_used = true;
	socket_poll(c->socket, ZMQ_POLLOUT, GRACE);
	return send_frame(c->socket, c->out.data, c->ends[0], ZMQ_SNDMORE);
}

static bool
nobody_listens(enum bus_socket which, struct error *err)
{
	char endpoint[256];
	error_set(err, ERROR_UNAVAILABLE, "bus.nobody_listens", "Nobody answers at %.200s",
		bus_endpoint(which, endpoint));
	return error_hint(err, "is `bss %s` running? `bss up` starts everything", topology_role(which));
}

bool
bus_send(struct bus_client *c, struct bus_header *h, const struct bus_item *items, int n, struct error *err)
{
	complete(c, h);
	if (!pack_request(c, h, items, n, err))
		return false;
	if (!send_first(c))
		return nobody_listens(c->which, err);
	for (int i = 0; i < n; i++)
		send_frame(c->socket, c->out.data + c->ends[i], c->ends[i + 1] - c->ends[i],
			i + 1 < n ? ZMQ_SNDMORE : 0);
	return true;
}

/* replies ------------------------------------------------------------------------------------------ */

static bool
read_reply(const struct message *m, struct arena *a, struct bus_reply *r)
{
	struct reply_head head;
	*r = (struct bus_reply){ 0 };
	if (m->n < 2 || !reply_head_unpack(zmq_msg_data(&m->frames[0]), zmq_msg_size(&m->frames[0]), &head, NULL))
		return false;
	memcpy(r->id, head.id, sizeof r->id);
	r->n = m->n - 1;
	r->answers = arena_array(a, struct bus_answer, r->n);
	for (int i = 0; i < r->n; i++) {
		zmq_msg_t *frame = &m->frames[i + 1];
		if (!bus_answer_unpack(zmq_msg_data(frame), zmq_msg_size(frame), a, &r->answers[i], NULL))
			return false;
	}
	return true;
}

/* what cannot be read is skipped: its asker runs into the time-out and repeats */
bool
bus_next_reply(struct bus_client *c, struct arena *a, struct bus_reply *r)
{
	bool read = false;
	while (!read && message_receive(&c->in, c->socket))
		read = !c->in.overflow && read_reply(&c->in, a, r);
	message_clear(&c->in);
	return read;
}

/* a reply to an earlier question, given up, is not ours */
static bool
await_reply(struct bus_client *c, const uint8_t id[16], int64_t until, struct arena *a, struct bus_reply *r)
{
	for (;;) {
		while (bus_next_reply(c, a, r))
			if (memcmp(r->id, id, sizeof r->id) == 0)
				return true;
		int64_t left = until - mono_now();
		if (left <= 0)
			return false;
		socket_poll(c->socket, ZMQ_POLLIN, left);
	}
}

bool
bus_call(struct bus_client *c, struct bus_header *header, const struct bus_item *items, int n,
	int64_t timeout, struct arena *a, struct bus_answer **answers, struct error *err)
{
	struct bus_header h = *header;          /* so that a repeat with the same header gets an id of its own */
	struct bus_reply reply;
	int64_t until = mono_now() + timeout;
	if (!h.deadline)
		h.deadline = wall_now() + timeout;
	if (!bus_send(c, &h, items, n, err))
		return false;
	if (!await_reply(c, h.id, until, a, &reply)) {
		error_set(err, ERROR_UNAVAILABLE, "bus.timeout", "No answer came within %lld ms",
			(long long)(timeout / 1000));
		return error_hint(err, "what was asked may have happened; repeating with the same key is safe");
	}
	*answers = reply.answers;
	if (reply.n == n)
		return true;
	/* one answer for all: the request as a whole was refused */
	if (err && reply.answers[0].status == ANSWER_ERROR)
		*err = reply.answers[0].error;
	else
		error_set(err, ERROR_UNAVAILABLE, "bus.malformed", "%d answers came to %d questions", reply.n, n);
	return false;
}
