/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of espalierd. */
#include "ctrl/daemon/options.h"

#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: espalierd [OPTION]... --card URI --wan IFACE --lan IFACE\n"
    "Negotiates keys by IKEv2 (swanctl.conf) and keeps an Espalier card's tables.\n"
    "\n"
    "  --config FILE   the configuration (/etc/swanctl/swanctl.conf)\n"
    "  --card URI      the card, for example sim:/run/espalier/card (or ESPALIER_CARD)\n"
    "  --wan IFACE     the card's host1 netdev: UDP 500 and 4500 are served there\n"
    "  --lan IFACE     the card's host0 netdev: neighbours there are reached through plain\n"
    "  --log FILE      append the log to FILE (standard error)\n"
    "  --events FILE   append a JSON object a line for every SA that comes, moves or goes\n"
    "  --vici SOCKET   where swanctl reaches espalierd (/run/espalier/vici)\n"
    "  --fragment-size BYTES  IP packets that IKE messages are cut to (1280)\n"
    "  --no-routes     don't route remote networks through the engine\n"
    "  --save-keys DIR write keys for Wireshark to DIR: who reads them reads all traffic\n"
    "  --debug         log more\n"
    "  --check [FILE]  read the configuration, say what is wrong with it, exit 0 or 2\n"
    "  --help, --version\n"
    "\n"
    "TERM or INT: delete all SAs at the peers and in the card, and end (2 seconds at most).\n"
    "HUP: read the configuration again. USR1: log the state.\n"
    "Exit status: 0 ended as told, 1 failed, 2 wrong options or configuration.\n";

enum {
    OPT_CONFIG = 256,
    OPT_CARD,
    OPT_WAN,
    OPT_LAN,
    OPT_LOG,
    OPT_EVENTS,
    OPT_VICI,
    OPT_FRAGMENT_SIZE,
    OPT_NO_ROUTES,
    OPT_SAVE_KEYS,
    OPT_DEBUG,
    OPT_CHECK,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option table[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"card", required_argument, NULL, OPT_CARD},
    {"wan", required_argument, NULL, OPT_WAN},
    {"lan", required_argument, NULL, OPT_LAN},
    {"log", required_argument, NULL, OPT_LOG},
    {"events", required_argument, NULL, OPT_EVENTS},
    {"vici", required_argument, NULL, OPT_VICI},
    {"fragment-size", required_argument, NULL, OPT_FRAGMENT_SIZE},
    {"no-routes", no_argument, NULL, OPT_NO_ROUTES},
    {"save-keys", required_argument, NULL, OPT_SAVE_KEYS},
    {"debug", no_argument, NULL, OPT_DEBUG},
    {"check", optional_argument, NULL, OPT_CHECK},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static enum options_result wrong(const char *sentence)
{
    fprintf(stderr, "espalierd: %s; see espalierd --help\n", sentence);
    return OPTIONS_WRONG;
}

/* What a running daemon needs, beyond what --check needs. */
static enum options_result check_complete(const struct options *o)
{
    if (!o->card || !*o->card)
        return wrong("no card: give --card URI or set ESPALIER_CARD");
    if (!o->wan)
        return wrong("no --wan IFACE: the netdev where IKE is spoken");
    if (!o->lan)
        return wrong("no --lan IFACE: the netdev of the protected side");
    if (strlen(o->wan) >= IFNAMSIZ || strlen(o->lan) >= IFNAMSIZ)
        return wrong("an interface name is too long");
    if (strcmp(o->wan, o->lan) == 0)
        return wrong("--wan and --lan are the same netdev");
    return OPTIONS_RUN;
}

static bool read_size(const char *text, unsigned *size)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    *size = (unsigned)n;
    return *text && !*end && n >= 256 && n <= 9000;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){.config = "/etc/swanctl/swanctl.conf", .card = getenv("ESPALIER_CARD")};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (c) {
        case OPT_CONFIG: o->config = optarg; break;
        case OPT_CARD: o->card = optarg; break;
        case OPT_WAN: o->wan = optarg; break;
        case OPT_LAN: o->lan = optarg; break;
        case OPT_LOG: o->log = optarg; break;
        case OPT_EVENTS: o->events = optarg; break;
        case OPT_VICI: o->vici = optarg; break;
        case OPT_FRAGMENT_SIZE:
            if (!read_size(optarg, &o->fragment_size))
                return wrong("--fragment-size is a number from 256 to 9000");
            break;
        case OPT_NO_ROUTES: o->no_routes = true; break;
        case OPT_SAVE_KEYS: o->save_keys = optarg; break;
        case OPT_DEBUG: o->debug = true; break;
        case OPT_CHECK:
            o->check = true;
            if (optarg)
                o->config = optarg;
            break;
        case OPT_HELP: fputs(help, stdout); return OPTIONS_DONE;
        case OPT_VERSION: puts("espalierd " ESPL_VERSION); return OPTIONS_DONE;
        default: /* getopt_long has said what is wrong */ return OPTIONS_WRONG;
        }
    }
    if (o->check && optind == argc - 1)
        o->config = argv[optind++];
    if (optind < argc)
        return wrong("an argument without an option");
    return o->check ? OPTIONS_RUN : check_complete(o);
}
