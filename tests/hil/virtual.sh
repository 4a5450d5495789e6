#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All scenarios of the datapath on the virtual card, its ports Unix sockets.
exec python3 -B tests/hil/hil.py --virtual sockets
