/* socket.h -- opening, securing and reading ZeroMQ sockets.  Private to core/bus. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>
#include "core/bus/bus.h"

#define BUS_HWM 10000                   /* messages a peer may lag behind */

/* an address that is ours: the listening file and the lock that says so */
struct claim { int lock; char path[108]; };

bool endpoint_is(const char *endpoint, const char *scheme);
/* ipc: makes the folder, locks NAME.pid, clears a dead socket file, listens; *fd is for ZMQ_USE_FD.
 * The socket file is ours and not libzmq's: its background thread would unlink a successor's file. */
bool claim_ipc(const char *endpoint, struct claim *, int *fd, struct error *);
bool claim_path_ok(const char *endpoint, struct error *);
void claim_release(struct claim *);

/* on tcp: CURVE, or a refusal */
bool curve_server(void *socket, enum bus_socket, struct error *);
bool curve_client(void *socket, struct error *);
void curve_stop(void);

void *socket_open(int type);
void socket_close(void *, int linger_ms);
void socket_option(void *, int option, int value);
int socket_fd(void *);
bool socket_bind(void *, enum bus_socket, struct claim *, struct error *);
bool socket_connect(void *, enum bus_socket, struct error *);
bool socket_poll(void *, short events, int64_t timeout_micros);
const char *topology_name(enum bus_socket);             /* "COMMANDS" */
const char *topology_role(enum bus_socket);             /* who binds it: "core" */
const char *topology_speakers(enum bus_socket);         /* who may speak to it: "clients gateways effects" */

bool send_frame(void *, const void *, size_t, int flags);

/* a whole message, frame by frame; at most `room` are kept, the rest is read and thrown away */
struct message { zmq_msg_t *frames; int room, n; size_t bytes; bool overflow; };
void message_start(struct message *, int room);
bool message_receive(struct message *, void *socket);   /* false: none waits */
void message_clear(struct message *);
void message_free(struct message *);
