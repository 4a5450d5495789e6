/* SPDX-License-Identifier: Apache-2.0 */
/* `espsim run`: the virtual card as a process, with its ports and its BAR on the outside. */
#ifndef SIM_CARD_RUN_H
#define SIM_CARD_RUN_H

/* argv[0] is "run". The exit code: 0 ended by a signal, 1 it could not be started or went on no
 * more, 2 wrong use, 3 the engine broke a rule or the account of frames. */
int espsim_run(int argc, char **argv);

#endif
