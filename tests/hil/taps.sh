#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make hil` itself: TAPs in a namespace play the NICs that a real card is cabled to.
exec python3 -B tests/hil/hil.py --virtual taps --only tunnel host_ports replay_storm reset_under_traffic soak --packets 300
