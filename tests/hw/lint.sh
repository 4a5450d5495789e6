#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every Verilog module alone, under Verilator and Icarus.
unset MAKEFLAGS MFLAGS
exec make -s lint
