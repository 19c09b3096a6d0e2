/* publish.c -- a hint to everyone, never the record.
 *
 * PUB drops what a slow subscriber does not take, without a word.  So notes carry positions: whoever
 * sees a hole, or a heartbeat ahead of him, reads the log. */
#include "core/bus/frames.h"
#include "core/bus/socket.h"
#include "core/base/mem.h"
#include <string.h>

#define NOTE_FRAMES 3                           /* topic, header, body */

struct bus_publisher { void *socket; struct claim claim; struct buf out; };
struct bus_subscriber { void *socket; struct message in; };

struct bus_publisher *
bus_publish_on(enum bus_socket which, struct error *err)
{
	struct bus_publisher *p = mem_new(sizeof *p);
	p->socket = socket_open(ZMQ_PUB);
	p->claim.lock = -1;
	if (socket_bind(p->socket, which, &p->claim, err))
		return p;
	bus_publisher_close(p);
	return NULL;
}

void
bus_publisher_close(struct bus_publisher *p)
{
	if (!p)
		return;
	socket_close(p->socket, 0);
	claim_release(&p->claim);
	buf_free(&p->out);
	mem_drop(p);
}

void
bus_publish(struct bus_publisher *p, const struct bus_note *n)
{
	buf_clear(&p->out);
	note_pack(n, &p->out);
	/* each send drops or succeeds; there is nothing to do about a drop */
	if (send_frame(p->socket, n->topic, strnlen(n->topic, sizeof n->topic), ZMQ_SNDMORE))
		if (send_frame(p->socket, p->out.data, p->out.len, ZMQ_SNDMORE))
			send_frame(p->socket, n->body_len ? n->body : (const uint8_t *)"", n->body_len, 0);
}

struct bus_subscriber *
bus_subscribe(enum bus_socket which, const char *const *topics, int n, struct error *err)
{
	struct bus_subscriber *s = mem_new(sizeof *s);
	s->socket = socket_open(ZMQ_SUB);
	message_start(&s->in, NOTE_FRAMES);
	for (int i = 0; i < n; i++)
		zmq_setsockopt(s->socket, ZMQ_SUBSCRIBE, topics[i], strlen(topics[i]));
	if (socket_connect(s->socket, which, err))
		return s;
	bus_subscriber_close(s);
	return NULL;
}

void
bus_subscriber_close(struct bus_subscriber *s)
{
	if (!s)
		return;
	socket_close(s->socket, 0);
	message_free(&s->in);
	mem_drop(s);
}

int
bus_subscriber_fd(const struct bus_subscriber *s)
{
	return socket_fd(s->socket);
}

void *
bus_subscriber_socket(const struct bus_subscriber *s)
{
	return s->socket;
}

static bool
read_note(const struct message *m, struct arena *a, struct bus_note *n)
{
	if (m->overflow || m->n != NOTE_FRAMES)
		return false;
	zmq_msg_t *topic = &m->frames[0], *head = &m->frames[1], *body = &m->frames[2];
	if (zmq_msg_size(topic) >= sizeof n->topic)
		return false;
	if (!note_unpack(zmq_msg_data(head), zmq_msg_size(head), a, n, NULL))
		return false;
	memcpy(n->topic, zmq_msg_data(topic), zmq_msg_size(topic));
	n->body_len = zmq_msg_size(body);
	n->body = arena_memdup(a, zmq_msg_data(body), n->body_len);
	return true;
}

bool
bus_next_note(struct bus_subscriber *s, struct arena *a, struct bus_note *n)
{
	bool read = false;
	while (!read && message_receive(&s->in, s->socket))
		read = read_note(&s->in, a, n);
	message_clear(&s->in);
	return read;
}
