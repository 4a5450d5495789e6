/* SPDX-License-Identifier: Apache-2.0 */
/* espctl: the card from the command line. Options, then one command or a batch file. */
#include "driver/espctl/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: espctl [OPTIONS] OBJECT COMMAND ...\n"
    "       espctl [OPTIONS] -b FILE\n"
    "\n"
    "  --card URI       the card: pci:0000:65:00.0, xrt:0?xclbin=FILE, shm:/path/to/file,\n"
    "                   sim:/path/to/socket (or the environment's ESPALIER_CARD)\n"
    "  -s, --stats      counters too\n"
    "  -j, --json       JSON\n"
    "  -p, --pretty     JSON with line breaks\n"
    "  -d, --details    counters that are zero too\n"
    "  -t, --timestamp  the time before what stat and monitor tell\n"
    "  -b, --batch FILE commands from a file, one a line; - is the standard input\n"
    "  -f, --force      do not stop a batch at a failure\n"
    "  -h, --help       this text\n"
    "  -V, --version    the version\n"
    "\n"
    "  state add src ADDR dst ADDR proto esp spi SPI mode tunnel aead 'rfc4106(gcm(aes))' 0xKEY "
    "128\n"
    "        [reqid N] [replay-window N] [encap espinudp SPORT DPORT 0.0.0.0] [sel SELECTOR]\n"
    "        [dir in|out] [mtu N] [lladdr MAC] [dscp N] [df copy|clear|set]\n"
    "        [flag esn|af-unspec|noecn|nopmtudisc ...] [extra-flag dont-encap-dscp]\n"
    "  state delete|get dst ADDR spi SPI [src ADDR] [dir in|out]\n"
    "  state list [src ADDR] [dst ADDR] [spi SPI] [reqid N] [dir in|out]\n"
    "  state flush\n"
    "  policy add SELECTOR dir out [action allow|block] [priority N]\n"
    "        [tmpl src ADDR dst ADDR proto esp mode tunnel [reqid N]]\n"
    "  policy delete SELECTOR dir out\n"
    "  policy list|flush\n"
    "  neigh add|replace ADDR lladdr MAC|local dev plain|cipher\n"
    "  neigh delete ADDR dev plain|cipher\n"
    "  neigh list [dev plain|cipher]\n"
    "  neigh flush\n"
    "  link set plain|cipher|engine address MAC\n"
    "  link list\n"
    "  counters [NAME ...]\n"
    "  nexthop set dst ADDR spi SPI lladdr MAC\n"
    "  nexthop list\n"
    "  stat [--watch] [interval SECONDS] [count N] [NAME ...]\n"
    "  monitor [count N] [timeout SECONDS]\n"
    "  card list|info|selftest|reset\n"
    "  dump\n"
    "  SELECTOR: [src PREFIX] [dst PREFIX] [proto P] [sport N[-M]] [dport N[-M]] [type N [code "
    "N]]\n";

struct options {
    const char *card, *batch;
    bool stats, json, pretty, details, timestamps, force;
};

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"card", required_argument, NULL, 'c'},
        {"stats", no_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"pretty", no_argument, NULL, 'p'},
        {"details", no_argument, NULL, 'd'},
        {"timestamp", no_argument, NULL, 't'},
        {"batch", required_argument, NULL, 'b'},
        {"force", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    o->card = getenv("ESPALIER_CARD");
    int c;
    while ((c = getopt_long(argc, argv, "+c:sjpdtb:fhV", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->card = optarg;
            break;
        case 's':
            o->stats = true;
            break;
        case 'j':
            o->json = true;
            break;
        case 'p':
            o->pretty = true;
            break;
        case 'd':
            o->details = true;
            break;
        case 't':
            o->timestamps = true;
            break;
        case 'b':
            o->batch = optarg;
            break;
        case 'f':
            o->force = true;
            break;
        case 'h':
            return fputs(usage, stdout) == EOF ? EXIT_FAILED : 0;
        case 'V':
            return puts("espctl " ESPL_VERSION) == EOF ? EXIT_FAILED : 0;
        default:
            return EXIT_USAGE; /* getopt has said what is wrong */
        }
    }
    return -1;
}

static int run_batch(struct espctl *ctl, const struct options *o)
{
    bool standard = strcmp(o->batch, "-") == 0;
    FILE *in = standard ? stdin : fopen(o->batch, "re");
    if (!in) {
        (void)snprintf(ctl->why, sizeof ctl->why, "%s: %s", o->batch, strerror(errno));
        return -1;
    }
    static char buffer[4096]; /* our own, because keys pass through it */
    (void)setvbuf(in, buffer, _IOFBF, sizeof buffer);
    int result = espctl_batch(ctl, in, standard ? "-" : o->batch, o->force);
    explicit_bzero(buffer, sizeof buffer);
    if (!standard)
        (void)fclose(in);
    return result;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    int done = parse(argc, argv, &o);
    if (done >= 0)
        return done;
    bool words = optind < argc;
    if (!words == !o.batch) {
        (void)fprintf(stderr, "espctl: %s; see espctl --help\n",
                      words ? "a batch takes no command" : "a command is missing");
        return EXIT_USAGE;
    }
    bool needs_card = o.batch || espctl_needs_card(argc - optind, argv + optind);
    if (needs_card && (!o.card || !*o.card)) {
        (void)fputs("espctl: which card? Give --card URI or set ESPALIER_CARD\n", stderr);
        return EXIT_USAGE;
    }
    char why[512];
    struct espctl ctl = {.out = stdout,
                         .err = stderr,
                         .stats = o.stats,
                         .json = o.json,
                         .pretty = o.pretty,
                         .details = o.details,
                         .timestamps = o.timestamps,
                         .progress = isatty(STDERR_FILENO) ? stderr : NULL};
    enum espl_err err = needs_card ? espl_card_open(o.card, &ctl.card, why, sizeof why) : ESPL_OK;
    if (err) {
        (void)fprintf(stderr, "espctl: %s\n", why);
        return err == ESPL_ERR_URI ? EXIT_USAGE : EXIT_FAILED;
    }
    int result = o.batch ? run_batch(&ctl, &o) : espctl_command(&ctl, argc - optind, argv + optind);
    espl_card_close(ctl.card);
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (result)
        (void)fprintf(stderr, "espctl: %s\n", ctl.why);
    else if (!written)
        (void)fprintf(stderr, "espctl: the output cannot be written: %s\n", strerror(errno));
    return result || !written ? EXIT_FAILED : 0;
}
