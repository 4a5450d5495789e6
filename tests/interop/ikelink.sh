#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Loss, NAT and IPv6 between espalierd and strongSwan as a test, in its quick form. What is lost is the same every time:
# a run in which a message is lost five times takes minutes of retransmissions.
SEED=${SEED:-1748756546} exec python3 -B tests/interop/ikelink.py
