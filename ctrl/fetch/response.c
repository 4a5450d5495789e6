/* SPDX-License-Identifier: Apache-2.0 */
/* An address before it is used, an HTTP answer after it has come (RFC 9112, as HTTP/1.0). See
 * fetch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctrl/fetch/fetch.h"

/* ---------------------------------------------------------------- the address */

static bool copy(char *to, size_t size, const char *from, size_t len)
{
    if (len >= size)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

/* Nothing that could end a line of the request. */
static bool is_clean(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool parse_port(const char *at, size_t len, struct fetch_url *url)
{
    return len > 0 && len < sizeof url->port && strspn(at, "0123456789") >= len &&
           copy(url->port, sizeof url->port, at, len) && atoi(url->port) > 0 &&
           atoi(url->port) < 65536;
}

bool fetch_url_parse(const char *text, struct fetch_url *url)
{
    static const char scheme[] = "http://";
    if (!is_clean(text) || strncasecmp(text, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = text + sizeof scheme - 1;
    size_t authority = strcspn(host, "/?#");
    const char *path = host + authority;
    if (memchr(host, '@', authority))
        return false;
    bool brackets = *host == '[';
    const char *end = brackets ? memchr(host, ']', authority) : NULL;
    size_t len = brackets ? (end ? (size_t)(end - host) - 1 : 0) : strcspn(host, ":/?#");
    if (len == 0 || !copy(url->host, sizeof url->host, host + brackets, len))
        return false;
    size_t used = len + (brackets ? 2 : 0);
    memcpy(url->port, "80", 3);
    if (used < authority &&
        (host[used] != ':' || !parse_port(host + used + 1, authority - used - 1, url)))
        return false;
    size_t path_len = strcspn(path, "#");
    int n = snprintf(url->path, sizeof url->path, "%s%.*s", *path == '/' ? "" : "/", (int)path_len,
                     path);
    return n > 0 && (size_t)n < sizeof url->path;
}

/* ---------------------------------------------------------------- the answer */

static bool is_200(const uint8_t *data, size_t len)
{
    return len > 12 && memcmp(data, "HTTP/1.", 7) == 0 && memcmp(data + 8, " 200", 4) == 0;
}

/* The value of a header line, NULL: there is none. */
static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strchr(head, '\n'); line; line = strchr(line + 1, '\n'))
        if (strncasecmp(line + 1, name, len) == 0 && line[1 + len] == ':')
            return line + 2 + len + strspn(line + 2 + len, " \t");
    return NULL;
}

bool fetch_body(const uint8_t *data, size_t len, const uint8_t **body, size_t *body_len)
{
    char head[FETCH_HEAD_MAX];
    const uint8_t *end = memmem(data, len, "\r\n\r\n", 4);
    size_t head_len = end ? (size_t)(end - data) : 0;
    if (!end || head_len >= sizeof head || !is_200(data, len))
        return false;
    memcpy(head, data, head_len);
    head[head_len] = '\0';
    if (strlen(head) != head_len ||
        header(head, "Transfer-Encoding")) /* not to an HTTP/1.0 client */
        return false;
    *body = end + 4;
    *body_len = len - head_len - 4;
    const char *length = header(head, "Content-Length");
    if (!length)
        return *body_len > 0;
    unsigned long long n = strtoull(length, NULL, 10);
    if (n > *body_len || n == 0)
        return false;
    *body_len = (size_t)n;
    return true;
}
