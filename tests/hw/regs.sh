#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The products of the register map are in step with their source.
unset MAKEFLAGS MFLAGS
exec make -s regs-check
