#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every way to authenticate, against strongSwan, as a test.
exec python3 -B tests/interop/ikeauth.py
