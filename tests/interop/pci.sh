#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The card on a virtual machine's PCI bus as a test; 77: no kernel can be fetched here.
exec python3 -B tests/interop/pci.py
