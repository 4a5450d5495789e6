/* SPDX-License-Identifier: Apache-2.0 */
/* espalierd: IKEv2 for an Espalier card. */
#include "ctrl/daemon/daemon.h"

int main(int argc, char **argv)
{
    return espalierd(argc, argv);
}
