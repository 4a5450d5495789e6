#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demonstration as a test, with a short transfer.
exec python3 -B tests/interop/demo.py --seconds 2
