/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of VICI that bring secrets, and what goes on of them. See command.h. */
#include "ctrl/signer/command.h"

#include <string.h>

#include "ctrl/signer/signer.h"
#include "ctrl/wire/cursor.h"

static const struct {
    const char *name;
    size_t longest; /* of the secret, bytes */
} commands[] = {
    {"load-shared", SIGNER_SHARED_MAX},
    {"load-key", SIGNER_DER_MAX},
    {"load-token", 0}, /* with its PIN; nothing here takes it */
};

#define COUNT (sizeof commands / sizeof *commands)

static size_t find(const void *name, size_t len)
{
    size_t i = 0;
    while (i < COUNT &&
           (strlen(commands[i].name) != len || memcmp(commands[i].name, name, len) != 0))
        i++;
    return i;
}

enum command_kind command_look(const uint8_t *data, size_t len, size_t *whole)
{
    struct rd r = rd_over(data, len);
    size_t packet = rd_u32(&r);
    if (r.bad)
        return COMMAND_MORE;
    if (packet == 0 || packet > VICI_SEGMENT_MAX)
        return COMMAND_BAD;
    *whole = VICI_HEADER + packet;
    unsigned type = rd_u8(&r);
    if (!r.bad && (type != VICI_CMD_REQUEST || packet < 2))
        return COMMAND_OPEN;
    size_t name_len = rd_u8(&r);
    if (!r.bad && name_len > packet - 2) /* malformed: whom it goes to says so */
        return COMMAND_OPEN;
    const uint8_t *name = rd_take(&r, name_len);
    if (r.bad)
        return COMMAND_MORE;
    return find(name, name_len) < COUNT ? COMMAND_SECRET : COMMAND_OPEN;
}

/* false: no room */
static bool hide_value(struct held *held, unsigned owner, size_t longest,
                       const struct vici_element *e, struct vici_out *out)
{
    if (e->len == 0 || e->len > longest) {
        vici_put(out, "data", "", 0);
        return true;
    }
    uint32_t number = held_put(held, owner, (struct piece){e->value, e->len});
    vici_add(out, "data", "%u", number);
    return number != 0;
}

static bool is_public(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "type") == 0;
}

bool command_hide(struct held *held, unsigned owner, const uint8_t *data, size_t len,
                  struct vici_out *out)
{
    struct vici_packet p;
    struct vici_element e;
    unsigned depth = 0;
    bool good = vici_packet_read(data + VICI_HEADER, len - VICI_HEADER, &p), owners = false,
         found = false;
    vici_out_begin(out, VICI_CMD_REQUEST, good ? p.name : NULL);
    struct vici_walk walk = vici_walk(&p.message);
    for (e.kind = VICI_END; good && (vici_next(&walk, &e), e.kind != VICI_END);) {
        depth += e.kind == VICI_SECTION_START;
        depth -= e.kind == VICI_SECTION_END;
        if (e.kind == VICI_LIST_START && (owners = depth == 0 && strcmp(e.name, "owners") == 0))
            vici_list(out, e.name);
        else if (e.kind == VICI_LIST_ITEM && owners)
            vici_put_item(out, e.value, e.len);
        else if (e.kind == VICI_LIST_END && owners)
            vici_list_end(out);
        else if (e.kind == VICI_KEY_VALUE && depth == 0 && is_public(e.name))
            vici_put(out, e.name, e.value, e.len);
        else if (e.kind == VICI_KEY_VALUE && depth == 0 && strcmp(e.name, "data") == 0 && !found) {
            size_t which = find(p.name, strlen(p.name));
            good = hide_value(held, owner, commands[which].longest, &e, out);
            found = true;
        }
    }
    if (good)
        return vici_out_end(out);
    vici_out_free(out);
    return false;
}
