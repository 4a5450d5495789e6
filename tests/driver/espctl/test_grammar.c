/* SPDX-License-Identifier: Apache-2.0 */
/* espctl's lines: what is taken, what is refused and with which words, and what is printed. */
#include "tests/driver/fake.h"

#include "driver/espctl/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0x000102030405060708090a0b0c0d0e0f10111213"
#define KEY256 "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
#define AEAD " aead 'rfc4106(gcm(aes))' " KEY " 128"
#define ID "src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001"
#define SA "state add " ID " mode tunnel" AEAD
#define TMPL " tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel"

static struct fake f;
static struct espctl ctl;
static char *output;
static size_t output_len;

static int setup(void **state)
{
    (void)state;
    fake_init(&f);
    ctl = (struct espctl){.card = fake_open(&f)};
    ctl.out = open_memstream(&output, &output_len);
    return ctl.out ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)fclose(ctl.out);
    free(output);
    espl_card_close(ctl.card);
    return 0;
}

static int batch(const char *text, bool force)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(in);
    int result = espctl_batch(&ctl, in, "lines", force);
    (void)fclose(in);
    return result;
}

static void good(const char *line)
{
    if (batch(line, false))
        fail_msg("%s\n%s", line, ctl.why);
}

static void bad(const char *line, const char *why)
{
    char whole[600];
    assert_int_equal(batch(line, false), -1);
    (void)snprintf(whole, sizeof whole, "lines:1: %s", why);
    assert_string_equal(ctl.why, whole);
}

static void printed(const char *line, const char *text)
{
    rewind(ctl.out);
    good(line);
    (void)fflush(ctl.out);
    output[output_len] = '\0';
    assert_string_equal(output, text);
}

/* ------------------------------------------------------------------ state */

static void lines_that_ip_xfrm_takes(void **state)
{
    (void)state;
    good(SA " dir out");
    good("state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xc0de0005 mode tunnel reqid 16385 "
         "replay-window 64 "
         "aead 'rfc4106(gcm(aes))' " KEY256
         " 128 encap espinudp 4500 4500 0.0.0.0 sel src 10.2.0.0/16 dst 10.1.0.0/16 "
         "proto tcp sport 1-1023 dport 443 flag af-unspec dir in\n");
    printed("state list\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001001 reqid 0 mode tunnel\n"
            "\treplay-window 0\n"
            "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1446\n"
            "\tdir out\n"
            "src 192.0.2.2 dst 192.0.2.1\n"
            "\tproto esp spi 0xc0de0005 reqid 16385 mode tunnel\n"
            "\treplay-window 64\n"
            "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128 (AES-256)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n"
            "\tsel src 10.2.0.0/16 dst 10.1.0.0/16 proto tcp sport 1-1023 dport 443\n"
            "\tdir in\n");
    ctl.stats = true;
    printed("st get dst 192.0.2.2 spi 4097\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001001 reqid 0 mode tunnel\n"
            "\treplay-window 0\n"
            "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1446\n"
            "\tdir out\n"
            "\tlifetime config:\n\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
            "\t  limit: soft (INF)(packets), hard (INF)(packets)\n"
            "\tlifetime current:\n\t  0(bytes), 0(packets)\n"
            "\tstats:\n\t  replay 0 failed 0 padding 0 selector 0\n");
    ctl.stats = false;
    good(SA " dir out flag noecn nopmtudisc af-unspec extra-flag dont-encap-dscp spi 0x1002");
    printed("state get dst 192.0.2.2 spi 0x1002\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001002 reqid 0 mode tunnel\n"
            "\treplay-window 0 flag noecn nopmtudisc\n"
            "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1446\n"
            "\textra-flag dont-encap-dscp\n"
            "\tdir out\n");
    good(SA " dir out dscp 46 df set spi 0x1003");
    printed("state get dst 192.0.2.2 spi 0x1003\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001003 reqid 0 mode tunnel\n"
            "\treplay-window 0\n"
            "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1446\n"
            "\tdf set\n"
            "\tdscp 46\n"
            "\tdir out\n");
    good("state del src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001");
    good("state flush");
    printed("state\n", "");
}

static void what_a_complete_card_has(void **state)
{
    (void)state;
    espl_card_close(ctl.card);
    f.mode = f.alg = UINT32_MAX;
    ctl.card = fake_open(&f);
    good("state add " ID " mode transport aead 'rfc4543(gcm(aes))' " KEY
         " 128 dir out limit packet-soft 100 limit packet-hard 200 limit byte-hard 10000000000 "
         "flowlabel zero");
    printed("state get dst 192.0.2.2 spi 0x1001\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001001 reqid 0 mode transport\n"
            "\treplay-window 0\n"
            "\taead rfc4543(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1466\n"
            "\tflowlabel zero\n"
            "\tdir out\n");
    ctl.stats = true;
    good("state update " ID " mode transport dir out limit packet-hard 300");
    printed("state get dst 192.0.2.2 spi 0x1001\n",
            "src 192.0.2.1 dst 192.0.2.2\n"
            "\tproto esp spi 0x00001001 reqid 0 mode transport\n"
            "\treplay-window 0\n"
            "\taead rfc4543(gcm(aes)) <<Keys hidden>> 128 (AES-128)\n"
            "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x0000000000000000\n"
            "\tmtu 1466\n"
            "\tdir out\n"
            "\tlifetime config:\n\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
            "\t  limit: soft (INF)(packets), hard 300(packets)\n"
            "\tlifetime current:\n\t  0(bytes), 0(packets)\n"
            "\tstats:\n\t  replay 0 failed 0 padding 0 selector 0\n");
    ctl.stats = false;
    good("neigh replace 10.1.0.5 lladdr 02:00:00:00:00:05 vlan 7 dev plain");
    good("neigh replace 10.1.0.6 lladdr 02:00:00:00:00:05 vlan untagged dev plain");
    good("neigh replace 10.1.0.7 lladdr 02:00:00:00:00:05 dev plain"); /* three next hops */
    printed("neigh list dev plain",
            "10.1.0.6 dev plain lladdr 02:00:00:00:00:05 vlan untagged PERMANENT\n"
            "10.1.0.7 dev plain lladdr 02:00:00:00:00:05 PERMANENT\n"
            "10.1.0.5 dev plain lladdr 02:00:00:00:00:05 vlan 7 PERMANENT\n"); /* as hashed */
    bad("neigh replace 10.1.0.8 lladdr 02:00:00:00:00:05 vlan 0 dev plain",
        "vlan: 0 is no VLAN; say untagged");
    bad("neigh replace 10.1.0.8 lladdr 02:00:00:00:00:05 vlan 4095 dev plain",
        "vlan: \"4095\" is not a number from 0 to 4094");
    bad("state update " ID " mode transport dir out" AEAD,
        "aead: an installed SA keeps its key; add another SA of its reqid");
    /* RFC 3948 3.1.2: a checksum over 10.0.0.7 is to be one over 192.0.2.2 */
    good("state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 mode transport dir in "
         "encap espinudp 4500 4500 10.0.0.7" AEAD);
    assert_int_equal(f.sa[1][0x1002 % FAKE_SA].w[ESPL_SA_ENTRY_EXTRA] >> 16,
                     (0x0a00 + 0x0007 + (0xffff - 0xc000) + (0xffff - 0x0202)) % 0xffff);
    good("state flush");
}

static void direction_follows_from_a_template(void **state)
{
    (void)state;
    bad(SA, "dir: no policy's template tells whether this SA is in or out; add dir in or dir out");
    good("policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out" TMPL " reqid 5");
    /* it names another reqid */
    bad(SA, "dir: no policy's template tells whether this SA is in or out; add dir in or dir out");
    good(SA " reqid 5");
    good("state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x2001 mode tunnel reqid 5" AEAD);
    assert_true(f.sa[ESPL_DIR_OUT][0].used);
    assert_true(f.sa[ESPL_DIR_IN][1].used);
    bad("state add src 192.0.2.2 dst 192.0.2.9 proto esp spi 0x2002 mode tunnel reqid 5" AEAD,
        "dir: no policy's template tells whether this SA is in or out; add dir in or dir out");
}

static void states_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } lines[] = {
        {SA " dir out limit byte-soft 100", "limit: this card has no lifetimes"},
        {SA " dir out limit time-soft 100",
         "limit: the card has no clock; time-soft is for the IKE daemon"},
        {SA " dir out limit byte-most 100",
         "limit: \"byte-most\" is none of packet-soft, packet-hard, byte-soft, byte-hard"},
        {SA " dir out limit packet-hard x",
         "packet-hard: \"x\" is not a number from 0 to 18446744073709551615"},
        {SA " dir out tfcpad 100", "tfcpad: this card has no TFC padding"},
        {SA " dir out flag decap-dscp", "decap-dscp: for inbound SAs only"},
        {SA " dir out flowlabel 7", "flowlabel: \"7\" is neither copy nor zero"},
        {SA " dir out flag esn", "esn: this card has no extended sequence numbers"},
        {SA " dir out flag noecn icmp", "state add: \"icmp\" is not supported"},
        {SA " dir out extra-flag noecn", "extra-flag: \"noecn\" is not on this card"},
        {SA " dir out dscp 64", "dscp: \"64\" is not a number from 0 to 63"},
        {SA " dir out df maybe", "df: \"maybe\" is neither copy, clear nor set"},
        {SA " dir in df set", "dscp, df, flow label: for outbound SAs only"},
        {SA " dir sideways", "dir: \"sideways\" is neither in nor out"},
        {SA " dir", "dir: a value is missing"},
        {SA " dir out if_id 3", "state add: \"if_id\" is not supported"},
        {SA " dir out replay-window x",
         "replay-window: \"x\" is not a number from 0 to 4294967295"},
        {SA " dir in replay-window 8192", "replay_window: 8192 is more than this card's 64"},
        {SA " dir out encap espintcp 1 2 0.0.0.0",
         "encap: \"espintcp\" is not on this card; it has espinudp"},
        {SA " dir out encap espinudp 1 70000 0.0.0.0",
         "encap: \"70000\" is not a number from 0 to 65535"},
        {SA " dir out encap espinudp 4500 0 0.0.0.0",
         "encap: UDP ports 4500 and 0: both are set with encapsulation, none without"},
        {SA " dir out sel src 10.0.0.0/8",
         "sel: what an outbound SA carries is for its policies to say"},
        {SA " dir in sel src 10.0.0.0/33",
         "src: \"10.0.0.0/33\": the prefix length is not a number from 0 to 32"},
        {SA " dir in sel src 10.0.0.1/8", "sel src: 10.0.0.1/8 has bits beyond its prefix"},
        {SA " dir in sel dport 80", "dport: needs proto tcp, udp, sctp, dccp or udplite"},
        {SA " dir in sel proto tcp dport 9-8", "sel dport: 9-8 ends before it starts"},
        {SA " dir in sel proto tcp type 8", "type: needs proto icmp or ipv6-icmp"},
        {SA " dir in sel proto icmp code 8", "code: needs a type before it"},
        {SA " dir in sel proto nonsense", "proto: \"nonsense\" is not a protocol"},
        {"state add src 192.0.2.1 dst 192.0.2.2 proto ah spi 0x1001 mode tunnel dir out",
         "proto: only esp is on this card"},
        {"state add src 192.0.2.300 dst 192.0.2.2", "src: \"192.0.2.300\" is not an address"},
        {"state add " ID AEAD " dir out", "state add: mode tunnel or mode transport is missing"},
        {"state add " ID " mode tunnel dir out", "state add: aead is missing"},
        {"state add src 192.0.2.1 proto esp spi 1 mode tunnel dir out" AEAD,
         "state add: dst is missing"},
        {"state add " ID AEAD " mode transport dir out", "mode: this card has no transport mode"},
        {"state add " ID AEAD " mode beet",
         "mode: \"beet\" is not on this card; it has tunnel and transport"},
        {"state add " ID " mode tunnel aead 'rfc4543(gcm(aes))' " KEY " 128 dir out",
         "alg: this card has no AES-GMAC with 128-bit keys"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' " KEY "0102030405060708 128",
         "aead: AES-192 is not on this card; it has AES-128 and AES-256"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' " KEY " 96",
         "aead: an ICV of 96 bits is not on this card; it has 128"},
        {"state add " ID " mode tunnel aead 'rfc7539esp(chacha20,poly1305)' " KEY256 " 128",
         "aead: \"rfc7539esp(chacha20,poly1305)\" is not on this card; it has "
         "rfc4106(gcm(aes)) and rfc4543(gcm(aes))"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' secret 128",
         "aead: the key is not 0x and an even number of hexadecimal digits"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' 0x123 128",
         "aead: the key is not 0x and an even number of hexadecimal digits"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' 0x1234 128",
         "aead: the key has 2 bytes; it must have 20 or 36 (AES key, then the 4-byte salt)"},
        {"state add " ID " mode tunnel aead 'rfc4106(gcm(aes))' " KEY256 "aabb 128",
         "aead: the key has 38 bytes; it must have 20 or 36 (AES key, then the 4-byte salt)"},
        {"state add " ID " enc 'cbc(aes)' " KEY, "state add: \"enc\" is not supported"},
        {"state delete dst 192.0.2.2", "state delete: spi is missing"},
        {"state delete dst 192.0.2.2 spi 0x1001", "spi: no such SA: 0x00001001 to 192.0.2.2"},
        {"state update " ID " mode tunnel dir out", "this card can't change an installed SA"},
        {"tunnel", "\"tunnel\" is not an object (" ESPCTL_OBJECTS ")"},
        {"monitor", "events: this card has no event queue"},
        {"monitor slowly", "monitor: \"slowly\" is not supported"},
        {"state add 'open quote", "more than 128 words, or a quote that is not closed"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bad(lines[i].line, lines[i].why);
        assert_null(strstr(ctl.why, "0102030405"));
    }
    assert_false(f.sa[0][0].used);
    good(SA " dir out");
    good(SA " dir in");
    bad("state delete dst 192.0.2.2 spi 0x1001",
        "dir: there is an SA 0x00001001 to 192.0.2.2 both ways; add dir in or dir out");
    bad(SA " dir out", "spi: the outbound SA 0x00001001 to 192.0.2.2 exists");
    good("state delete dst 192.0.2.2 spi 0x1001 dir in");
    good("state delete dst 192.0.2.2 spi 0x1001");
}

/* A key leaves the command's words as soon as it was read, also when the rest is refused. */
static void keys_are_wiped_from_the_command_line(void **state)
{
    (void)state;
    char key[] = KEY, again[] = KEY;
    char *words[] = {
        "state", "add",    "src",  "192.0.2.1", "dst", "192.0.2.2", "proto", "esp",
        "spi",   "0x1001", "mode", "tunnel",    "dir", "out",       "aead",  "rfc4106(gcm(aes))",
        key,     "128"};
    assert_int_equal(espctl_command(&ctl, 18, words), 0);
    words[16] = again;
    words[15] = "rfc4543(gcm(aes))";
    assert_int_equal(espctl_command(&ctl, 18, words), -1);
    for (size_t i = 0; i < sizeof key; i++)
        assert_true(key[i] == 0 && again[i] == 0);
}

/* ------------------------------------------------------------------ policy */

static void policies(void **state)
{
    (void)state;
    good("policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 2000" TMPL
         " reqid 7 level required");
    good("policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 22 dir out action allow "
         "priority 10");
    good("policy add dst 10.9.0.0/16 proto icmp type 8 code 0 dir out action block priority 20");
    good("policy add src 10.7.0.1 dst 10.9.0.0/16 proto udp sport 500-600 dir out priority 20 "
         "ptype main");
    printed("policy list",
            "src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 22\n\tdir out priority 10\n"
            "src 0.0.0.0/0 dst 10.9.0.0/16 proto icmp type 8 code 0\n\tdir out action block "
            "priority 20\n"
            "src 10.7.0.1/32 dst 10.9.0.0/16 proto udp sport 500-600\n\tdir out priority 20\n"
            "src 10.1.0.0/16 dst 10.2.0.0/16\n\tdir out priority 2000\n"
            "\ttmpl src 192.0.2.1 dst 192.0.2.2\n\t\tproto esp reqid 7 mode tunnel\n");
    bad("policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out" TMPL,
        "a policy with this selector exists");
    bad("policy delete src 10.1.0.0/16 dst 10.2.0.0/24 dir out", "no policy has this selector");
    bad("policy add dst 10.2.0.0/16", "policy add: dir out is missing");
    bad("policy add dst 10.2.0.0/16 dir in", "dir: in: the card checks inbound packets against "
                                             "their SA; give its selector to state add ... sel");
    bad("policy add dst 10.2.0.0/16 dir out action drop",
        "action: \"drop\" is neither allow nor block");
    bad("policy add dst 10.2.0.0/16 dir out mark 1", "policy add: \"mark\" is not supported");
    bad("policy add dst 10.2.0.0/16 dir out action block" TMPL, "action: block has no tmpl");
    bad("policy add dst 10.3.0.0/16 dir out" TMPL TMPL,
        "tmpl: the card applies one SA to a packet, not two");
    bad("policy add dst 10.3.0.0/16 dir out tmpl src 192.0.2.1 dst 192.0.2.2 proto ah",
        "tmpl proto: \"ah\" is not on this card; it has esp");
    bad("policy add dst 10.3.0.0/16 dir out tmpl src 192.0.2.1 dst 192.0.2.2 proto esp",
        "tmpl: mode tunnel or mode transport is missing");
    bad("policy add dst 10.3.0.0/16 dir out" TMPL " level use",
        "tmpl level: \"use\" is not on this card; it has required");
    bad("policy add dst fd00::/8 dir out", "family: this card has IPv4 only");
    good("policy delete src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 22 dir out");
    good("policy flush");
    printed("policy", "");
}

/* ------------------------------------------------------------------ neighbours, ports, counters,
 * the card */

static void neighbours_and_ports(void **state)
{
    (void)state;
    good("neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev plain nud permanent");
    good("neigh add 10.0.0.1 local dev plain");
    good("neigh add to 192.0.2.2 lladdr 02:00:00:00:00:22 dev cipher");
    bad("neigh add 10.0.0.5 lladdr 02:00:00:00:00:06 dev plain",
        "neighbour 10.0.0.5 on plain exists");
    good("neigh replace 10.0.0.5 lladdr 02:00:00:00:00:06 dev plain");
    printed("neigh list dev cipher", "192.0.2.2 dev cipher lladdr 02:00:00:00:00:22 PERMANENT\n");
    bad("neigh add 10.0.0.6 dev plain", "neigh add: either lladdr MAC or local");
    bad("neigh add 10.0.0.6 lladdr 02:00:00:00:00:06",
        "neigh add: dev plain or dev cipher is missing");
    bad("neigh add lladdr 02:00:00:00:00:06 dev plain", "neigh add: an address is missing");
    bad("neigh add 10.0.0.6 lladdr 02:00:00:00:00 dev plain",
        "lladdr: \"02:00:00:00:00\" is not a MAC address");
    bad("neigh add 10.0.0.6 lladdr 03:00:00:00:00:06 dev plain",
        "mac: 03:00:00:00:00:06 is zero or a group address");
    bad("neigh add 10.0.0.6 lladdr 02:00:00:00:00:06 dev eth0",
        "dev: \"eth0\" is not a port of the card (plain, cipher, engine)");
    bad("neigh add 10.0.0.6 lladdr 02:00:00:00:00:06 dev plain nud stale",
        "nud: \"stale\": the card's neighbours are permanent");
    bad("neigh add 10.0.0.6 lladdr 02:00:00:00:00:06 dev plain proxy",
        "neigh add: \"proxy\" is not supported");
    bad("neigh delete 10.0.0.7 dev plain", "no neighbour 10.0.0.7 on plain");
    good("neigh del 10.0.0.1 dev plain");
    good("neigh flush");
    printed("neigh", "");
    good("link set dev plain address 02:00:00:00:01:00");
    printed("link", "plain: 02:00:00:00:01:00\ncipher: any address\nengine: any address\n");
    bad("link set plain", "link set: address is missing");
    bad("link set plain up", "link set: \"up\" is not supported");
}

static void counters_and_card(void **state)
{
    (void)state;
    f.page[(ESPL_REG_COUNTERS + 8 * ESPL_CNT_IN_DROP_REPLAY) / 4] = 12;
    printed("counters in_drop_r in_drop_auth",
            "in_drop_auth             0\nin_drop_replay           12\n");
    bad("counters none", "counters: no counter's name begins with \"none\"");
    char text[400];
    (void)snprintf(text, sizeof text,
                   "version 0.1 map 0x%08x clock 250000 kHz\nsa out 16 in 16 policies 32 "
                   "exact 16 neighbours 128 nexthops 64\n"
                   "frame 9018 bytes replay-window 64\nalgorithms aes-gcm-16-128 "
                   "aes-gcm-16-256\nmodes tunnel espinudp ipv4 outer\n",
                   ESPL_MAP_SUM_VALUE);
    printed("card info", text);
    good(SA " dir out");
    good("card reset");
    assert_false(f.sa[0][0].used);
    printed("state list", "");
    bad("card info more", "card info: \"more\" is not supported");
}

/* ------------------------------------------------------------------ batch and JSON */

static void batches(void **state)
{
    (void)state;
    good("# a comment\n\n  policy add dst 10.2.0.0/16 \\\n    dir out priority 5 # the "
         "rest\n\tneigh add 10.0.0.1 \"local\" dev plain");
    assert_int_equal(batch("\n\nstate list\npolicy \\\n add dir x\nstate", false), -1);
    assert_string_equal(ctl.why, "lines:5: dir: \"x\" is not out");
    char *told;
    size_t len;
    ctl.err = open_memstream(&told, &len);
    assert_int_equal(batch("bad\nstate list\nworse\n", true), -1);
    (void)fclose(ctl.err);
    ctl.err = NULL;
    assert_string_equal(told, "lines:1: \"bad\" is not an object (" ESPCTL_OBJECTS ")\n"
                              "lines:3: \"worse\" is not an object (" ESPCTL_OBJECTS ")\n");
    free(told);
    assert_string_equal(ctl.why, "lines: 2 commands failed");
}

static json_t *json_of(const char *line)
{
    rewind(ctl.out);
    good(line);
    (void)fflush(ctl.out);
    json_error_t error;
    json_t *j = json_loadb(output, output_len, 0, &error);
    assert_non_null(j);
    return j;
}

static void json(void **state)
{
    (void)state;
    ctl.json = ctl.stats = true;
    good("policy add dst 10.2.0.0/16 proto tcp dport 80-90 dir out" TMPL " reqid 3");
    good(SA " reqid 3");
    good("neigh add 192.0.2.2 lladdr 02:00:00:00:00:22 dev cipher");
    json_t *j = json_of("state list");
    const char *src, *spi, *dir, *mac;
    int window, bits, packets;
    assert_int_equal(json_unpack(j, "[{s:s,s:s,s:s,s:s,s:i,s:{s:i},s:{s:i}}]", "src", &src, "spi",
                                 &spi, "dir", &dir, "lladdr", &mac, "replay_window", &window,
                                 "aead", "key_bits", &bits, "stats", "packets", &packets),
                     0);
    assert_string_equal(src, "192.0.2.1");
    assert_string_equal(spi, "0x00001001");
    assert_string_equal(dir, "out");
    assert_string_equal(mac, "02:00:00:00:00:22");
    assert_int_equal(bits, 128);
    assert_null(strstr(output, "000102"));
    json_decref(j);
    j = json_of("policy list");
    int first, last;
    assert_int_equal(
        json_unpack(j, "[{s:s,s:{s:[ii]}}]", "sa_spi", &spi, "sel", "dport", &first, &last), 0);
    assert_string_equal(spi, "0x00001001");
    assert_true(first == 80 && last == 90);
    json_decref(j);
    j = json_of("neigh list");
    assert_int_equal(json_array_size(j), 1);
    json_decref(j);
    j = json_of("card info");
    assert_int_equal(json_integer_value(json_object_get(j, "sa_in")), 16);
    assert_int_equal(json_object_size(json_object_get(j, "counters")), espl_counter_count());
    json_decref(j);
    j = json_of("counters");
    assert_int_equal(json_object_size(j), espl_counter_count());
    json_decref(j);
    j = json_of("link list");
    assert_true(json_is_null(json_object_get(j, "engine")));
    json_decref(j);
    j = json_of("state get dst 192.0.2.2 spi 0x1001");
    assert_true(json_is_object(j));
    json_decref(j);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void happens(uint32_t kind, uint32_t slot, uint32_t spi, uint32_t detail)
{
    uint32_t n = f.page[ESPL_REG_EVENT_HEAD / 4]++;
    uint32_t *entry = &f.page[ESPL_REG_EVENTS / 4 + 4 * (n % 16)];
    entry[ESPL_EVENT_ENTRY_WHAT] = kind | slot << 16;
    entry[ESPL_EVENT_ENTRY_SPI] = spi;
    entry[ESPL_EVENT_ENTRY_DETAIL_HI] = 0;
    entry[ESPL_EVENT_ENTRY_DETAIL_LO] = detail;
}

static void events_are_told(void **state)
{
    (void)state;
    espl_card_close(ctl.card);
    f.mode |= ESPL_CAP_MODE_EVENTS_MASK;
    ctl.card = fake_open(&f);
    good(SA " reqid 7 dir out");
    good("policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out" TMPL " reqid 9");
    const uint32_t *words = fake_first_policy(&f);
    uint32_t row = (uint32_t)(words - f.policy[0]) / ESPL_POLICY_ENTRY_WORDS;
    happens(ESPL_EVENT_SOFT_PACKETS, 0, 0x1001, 1000);
    happens(ESPL_EVENT_ACQUIRE, row, words[ESPL_POLICY_ENTRY_SERIAL], 0);
    happens(ESPL_EVENT_NO_SA, 0, 0xdead, 0);
    printed("monitor count 3",
            "soft-packets dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00001001 reqid 7 packets 1000\n"
            "acquire dir out src 10.1.0.0/16 dst 10.2.0.0/16 tmpl src 192.0.2.1 dst 192.0.2.2 "
            "reqid 9\n"
            "no-sa dir out spi 0x0000dead\n");
    happens(ESPL_EVENT_HARD_BYTES, 0, 0x1001, 77);
    f.page[ESPL_REG_EVENT_LOST / 4] = 2;
    ctl.json = true;
    printed("monitor count 1",
            "{\"event\":\"hard-bytes\",\"dir\":\"out\",\"missed\":2,\"spi\":4097,\"reqid\":7,"
            "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"bytes\":77}\n");
    printed("monitor timeout 1", ""); /* nothing happens */
    ctl.json = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(lines_that_ip_xfrm_takes),
        T(what_a_complete_card_has),
        T(direction_follows_from_a_template),
        T(states_that_are_refused),
        T(keys_are_wiped_from_the_command_line),
        T(policies),
        T(neighbours_and_ports),
        T(counters_and_card),
        T(batches),
        T(json),
        T(events_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
