#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The stock swanctl drives espalierd, as a test.
exec python3 -B tests/interop/swanctl.py
