#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The card behind XRT as a test; 77: no XRT here.
exec python3 -B tests/interop/xrt.py
