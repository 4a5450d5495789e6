#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The card against the Linux kernel as a test, in its quick form; 77: no kernel can be fetched here.
exec python3 -B tests/interop/xfrm.py --quick
