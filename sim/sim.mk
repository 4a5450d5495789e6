# SPDX-License-Identifier: Apache-2.0
# The virtual card: espsim, and the C side of every RTL test.
