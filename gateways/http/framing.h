/* framing.h -- heads of requests that two programs in a row could understand differently are refused here.
 *
 * A proxy in front of us and we must agree where a request ends and who sends it: what libmicrohttpd lets pass and the
 * standard forbids (two lengths, a length beside chunks, odd names) would let one client speak in another's name. */
#pragma once

struct MHD_Connection;
/* what is wrong, with the status to refuse it by; NULL: nothing */
const char *framing_fault(struct MHD_Connection *, const char *version, int *status);
