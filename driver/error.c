/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in words: a sentence for every class, and the last failure of a handle. */
#include "driver/handle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *espl_err_text(enum espl_err err)
{
    switch (err) {
    case ESPL_OK:
        return "no error";
    case ESPL_ERR_URI:
        return "the card's URI is not understood";
    case ESPL_ERR_OPEN:
        return "the card cannot be opened";
    case ESPL_ERR_NOT_CARD:
        return "this is no Espalier card";
    case ESPL_ERR_MAP:
        return "the card has another register map";
    case ESPL_ERR_DEAD:
        return "the card is gone";
    case ESPL_ERR_TIMEOUT:
        return "the card did not answer in time";
    case ESPL_ERR_RESET:
        return "the card was reset";
    case ESPL_ERR_REFUSED:
        return "the card refused the entry";
    case ESPL_ERR_INVALID:
        return "invalid argument";
    case ESPL_ERR_EXISTS:
        return "exists already";
    case ESPL_ERR_NOT_FOUND:
        return "not found";
    case ESPL_ERR_FULL:
        return "the card's table is full";
    case ESPL_ERR_NO_MEMORY:
        return "out of memory";
    }
    return "unknown error";
}

enum espl_err espl_fail(struct espl_card *card, enum espl_err err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(card->error, sizeof card->error, fmt, args); /* a longer sentence is cut */
    va_end(args);
    return err;
}

enum espl_err espl_fail_bus(struct espl_card *card, enum espl_err err, const char *what)
{
    if (err == ESPL_ERR_TIMEOUT)
        return espl_fail(card, err, "%s: the card did not answer in time", what);
    return espl_fail(card, err, "%s: the card is gone", what);
}

const char *espl_card_error(const struct espl_card *card)
{
    return card->error;
}

uint32_t espl_card_reason(const struct espl_card *card)
{
    return card->reason;
}

struct espl_told espl_told(const struct espl_card *card)
{
    struct espl_told told = {.reason = card->reason};
    memcpy(told.error, card->error, sizeof told.error);
    return told;
}

void espl_told_again(struct espl_card *card, const struct espl_told *told)
{
    card->reason = told->reason;
    memcpy(card->error, told->error, sizeof told->error);
}
