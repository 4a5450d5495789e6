#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# FRR's nhrpd at espalierd's control socket as a test; 77: it can't be fetched here.
exec python3 -B tests/interop/nhrp.py
