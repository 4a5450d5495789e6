#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Loss, NAT and IPv6 between espalierd and strongSwan as a test, in its quick form.
exec python3 -B tests/interop/ikelink.py
