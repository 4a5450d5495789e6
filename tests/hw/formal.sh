#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The proofs that take seconds, and the planted bugs that they must catch (docs/proofs.md).
unset MAKEFLAGS MFLAGS
exec make -s formal-quick
