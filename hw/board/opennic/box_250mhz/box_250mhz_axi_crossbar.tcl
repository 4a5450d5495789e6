# SPDX-License-Identifier: Apache-2.0
# The shell's build sources this file for the box's AXI4-Lite crossbar. One plugin needs none.
