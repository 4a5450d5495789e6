/* SPDX-License-Identifier: Apache-2.0 */
/* VICI's bytes: what is written can be read, and what is not whole is refused, wherever it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctrl/vici/wire.h"

/* Reads a copy that ends where the memory ends: ASan sees every byte too far. */
static bool reads(const uint8_t *data, size_t len, struct vici_packet *packet, uint8_t **copy)
{
    *copy = malloc(len ? len : 1);
    assert_non_null(*copy);
    if (len)
        memcpy(*copy, data, len);
    return vici_packet_read(*copy, len, packet);
}

static bool readable(const void *data, size_t len)
{
    struct vici_packet packet;
    uint8_t *copy;
    bool good = reads(data, len, &packet, &copy);
    if (good) { /* then a walk comes to an end, and every value is within the copy */
        struct vici_walk walk = vici_walk(&packet.message);
        struct vici_element e;
        unsigned sum = 0;
        for (vici_next(&walk, &e); e.kind != VICI_END; vici_next(&walk, &e))
            for (size_t i = 0; i < e.len; i++)
                sum += e.value[i];
        (void)sum;
    }
    free(copy);
    return good;
}

static void example(struct vici_out *o)
{
    vici_out_begin(o, VICI_EVENT, "list-sa");
    vici_add(o, "up", "%s", "yes");
    vici_section(o, "gw");
    vici_add(o, "uniqueid", "%u", 7);
    vici_section(o, "child-sas");
    vici_section(o, "net-1");
    vici_list(o, "local-ts");
    vici_item(o, "10.1.0.0/24");
    vici_item(o, "");
    vici_list_end(o);
    vici_put(o, "data", "\0\xff", 2);
    vici_section_end(o);
    vici_section_end(o);
    vici_section_end(o);
    vici_add(o, "last", "%s", "");
    assert_true(vici_out_end(o));
}

static void what_is_written_can_be_read(void **state)
{
    static const struct {
        enum vici_kind kind;
        const char *name, *value;
        size_t len;
    } want[] = {
        {VICI_KEY_VALUE, "up", "yes", 3},
        {VICI_SECTION_START, "gw", NULL, 0},
        {VICI_KEY_VALUE, "uniqueid", "7", 1},
        {VICI_SECTION_START, "child-sas", NULL, 0},
        {VICI_SECTION_START, "net-1", NULL, 0},
        {VICI_LIST_START, "local-ts", NULL, 0},
        {VICI_LIST_ITEM, "", "10.1.0.0/24", 11},
        {VICI_LIST_ITEM, "", "", 0},
        {VICI_LIST_END, "", NULL, 0},
        {VICI_KEY_VALUE, "data", "\0\xff", 2},
        {VICI_SECTION_END, "", NULL, 0},
        {VICI_SECTION_END, "", NULL, 0},
        {VICI_SECTION_END, "", NULL, 0},
        {VICI_KEY_VALUE, "last", "", 0},
        {VICI_END, "", NULL, 0},
        {VICI_END, "", NULL, 0},
    };
    struct vici_out o;
    struct vici_packet p;
    struct vici_element e;
    char text[8];
    (void)state;
    example(&o);
    const uint8_t length[] = {0, 0, 0, (uint8_t)(o.len - VICI_HEADER)};
    assert_memory_equal(o.data, length, sizeof(length));
    assert_true(vici_packet_read(o.data + VICI_HEADER, o.len - VICI_HEADER, &p));
    assert_int_equal(p.type, VICI_EVENT);
    assert_string_equal(p.name, "list-sa");
    struct vici_walk walk = vici_walk(&p.message);
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        vici_next(&walk, &e);
        assert_int_equal(e.kind, want[i].kind);
        assert_string_equal(e.name, want[i].name);
        assert_int_equal(e.len, want[i].len);
        if (e.len)
            assert_memory_equal(e.value, want[i].value, e.len);
    }
    assert_true(vici_text(&p.message, "up", text, sizeof(text)));
    assert_string_equal(text, "yes");
    assert_true(
        vici_text(&p.message, "uniqueid", text, sizeof(text))); /* in a section: not found */
    assert_string_equal(text, "");
    assert_false(vici_text(&p.message, "up", text, 3)); /* no room for the NUL */
    vici_out_free(&o);
}

/* The ends of elements outside of all sections: there, and only there, a message may end. */
static void cut_at_every_byte(void **state)
{
    struct vici_out o;
    size_t whole = 0;
    (void)state;
    example(&o);
    const uint8_t *packet = o.data + VICI_HEADER;
    size_t len = o.len - VICI_HEADER, head = 2 + strlen("list-sa");
    size_t first = head + 1 + 1 + 2 + 2 + 3, last = len - (1 + 1 + 4 + 2);
    for (size_t n = 0; n <= len; n++) {
        bool may_end = n == head || n == first || n == last || n == len;
        assert_int_equal(readable(packet, n), may_end);
        whole += may_end;
    }
    assert_int_equal(whole, 4);
    vici_out_free(&o);
}

static void every_byte_changed(void **state)
{
    struct vici_out o;
    unsigned refused = 0;
    (void)state;
    example(&o);
    for (size_t i = VICI_HEADER; i < o.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            o.data[i] ^= (uint8_t)(1u << bit);
            refused += !readable(o.data + VICI_HEADER, o.len - VICI_HEADER);
            o.data[i] ^= (uint8_t)(1u << bit);
        }
    assert_true(refused > 100);
    assert_true(readable(o.data + VICI_HEADER, o.len - VICI_HEADER));
    vici_out_free(&o);
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static void nonsense_is_refused(void **state)
{
    static const struct {
        const uint8_t *data;
        size_t len;
    } bad[] = {
        BYTES(""),
        BYTES("\x08"),     /* a type that there is not */
        BYTES("\x00"),     /* a request without name */
        BYTES("\x00\x00"), /* with an empty one */
        BYTES("\x00\x02"
              "a\x00"), /* with a NUL in it */
        BYTES("\x00\x03"
              "ab"), /* a name that ends too early */
        BYTES("\x01\x00"),
        BYTES("\x01\x07"), /* elements that there are not */
        BYTES("\x01\x02"), /* the end of no section */
        BYTES("\x01\x06"), /* of no list */
        BYTES("\x01\x05\x00\x01"
              "x"), /* an item of no list */
        BYTES("\x01\x01\x01"
              "s"), /* an open section */
        BYTES("\x01\x04\x01"
              "l"), /* an open list */
        BYTES("\x01\x04\x01"
              "l\x04\x01"
              "m\x06\x06"), /* a list in a list */
        BYTES("\x01\x04\x01"
              "l\x01\x01"
              "s\x02\x06"), /* a section in a list */
        BYTES("\x01\x04\x01"
              "l\x03\x01"
              "k\x00\x00\x06"), /* a value in a list */
        BYTES("\x01\x01\x01"
              "s\x04\x01"
              "l\x02\x06"), /* crosswise */
        BYTES("\x01\x03\x01"
              "k\x00\x02"
              "x"),                    /* a value that ends too early */
        BYTES("\x01\x03\x00\x00\x00"), /* a value without name */
    };
    uint8_t deep[1 + 4 * (VICI_DEPTH + 1)] = {VICI_CMD_RESPONSE};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (readable(bad[i].data, bad[i].len))
            fail_msg("number %zu was taken", i);
    for (unsigned depth = VICI_DEPTH; depth <= VICI_DEPTH + 1; depth++) {
        size_t n = 1;
        for (unsigned i = 0; i < depth; i++, n += 3)
            memcpy(deep + n, "\x01\x01s", 3);
        memset(deep + n, VICI_SECTION_END, depth);
        assert_int_equal(readable(deep, n + depth), depth <= VICI_DEPTH);
    }
}

static void what_does_not_fit_is_not_written(void **state)
{
    struct vici_out o;
    char name[VICI_NAME + 1];
    static uint8_t big[65536];
    (void)state;
    memset(name, 'n', sizeof(name));
    name[VICI_NAME] = '\0';
    vici_out_begin(&o, VICI_CMD_RESPONSE, NULL);
    vici_add(&o, name + 1, "x"); /* 255 bytes */
    assert_false(o.bad);
    vici_add(&o, name, "x"); /* 256 */
    assert_false(vici_out_end(&o));
    vici_out_begin(&o, VICI_CMD_RESPONSE, NULL);
    vici_put(&o, "k", big, 65535);
    assert_false(o.bad);
    vici_put(&o, "k", big, 65536);
    assert_false(vici_out_end(&o));
    vici_out_begin(&o, VICI_CMD_RESPONSE, NULL);
    for (unsigned i = 0; i < VICI_SEGMENT_MAX / 65540; i++)
        vici_put(&o, "k", big, 65535);
    assert_false(o.bad);
    assert_true(o.len <= VICI_HEADER + VICI_SEGMENT_MAX);
    vici_put(&o, "k", big, 65535);
    assert_false(vici_out_end(&o));
    assert_null(o.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(what_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
