/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP for CRLs (RFC 5280 4.2.1.13) and OCSP (RFC 6960 A): one answer to one question, of a bounded
 * size, in a bounded time, without redirections. What is fetched is signed, so it needs no TLS.
 */
#ifndef CTRL_FETCH_H
#define CTRL_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define FETCH_BODY_MAX (1024u * 1024) /* bytes of an answer */
#define FETCH_HEAD_MAX (16u * 1024)
#define FETCH_DEADLINE_MS 5000
#define FETCHES_MAX 32 /* at once */

struct fetcher;
/* data NULL: there is no answer; log lines say why. */
typedef void (*fetch_fn)(void *user, unsigned number, const uint8_t *data, size_t len);

struct fetcher *fetcher_new(uv_loop_t *loop, fetch_fn done, void *user); /* NULL: no memory */
/* `done` is called once, later. post NULL: GET; else an OCSP request. false: no memory, no http://
 * address, or too many at once. */
bool fetcher_begin(struct fetcher *f, unsigned number, const char *url, const uint8_t *post,
                   size_t len);
void fetcher_stop(
    struct fetcher *f); /* all handles begin to close; `done` is not called any more */
void fetcher_free(struct fetcher *f); /* after the loop has closed them; NULL is fine, as above */

/* response.c: the body of what came until the end of the connection. false: not yet whole, or no
 * answer with 200. */
bool fetch_body(const uint8_t *data, size_t len, const uint8_t **body, size_t *body_len);
/* "http://host:port/path". false: another scheme, or malformed. */
struct fetch_url {
    char host[256], port[6], path[512];
};
bool fetch_url_parse(const char *text, struct fetch_url *url);

#endif
