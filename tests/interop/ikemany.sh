#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Many tunnels between espalierd and strongSwan as a test, in its quick form.
exec python3 -B tests/interop/ikemany.py
