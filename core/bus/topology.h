/* topology.h -- the process graph is a short table: who may send what to whom.  On tcp the words of "spoken to by" are the
 * folders of the keys that may (curve.c). */
#pragma once

/*  socket     type    bound by   spoken to by                          default endpoint        carries */
#define TOPOLOGY(_) \
	_(COMMANDS, ROUTER, "core",    "clients gateways effects",           "commands.sock", "1..n commands a frame; an answer for each") \
	_(EVENTS,   PUB,    "core",    "projectors effects gateways standby","events.sock",   "one message per committed batch; requests to effects; heartbeats") \
	_(APPLIED,  PUB,    "project", "gateways",                           "applied.sock",  "read model X has reached position P") \
	_(QUERIES,  ROUTER, "gateway", "clients cockpit",                    "queries.sock",  "query name and arguments") \
	_(HISTORY,  ROUTER, "history", "clients gateways",                   "history.sock",  "questions to the log: show, verify, as-of, why, audit")

#define TOPOLOGY_ENUM_(name, type, by, to, file, what) SOCKET_##name,
enum bus_socket { TOPOLOGY(TOPOLOGY_ENUM_) SOCKET_COUNT };
