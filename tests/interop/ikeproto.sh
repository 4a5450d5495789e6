#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fragments, virtual addresses, MOBIKE and more, against strongSwan, as a test.
exec python3 -B tests/interop/ikeproto.py
