# SPDX-License-Identifier: Apache-2.0
# The IKEv2 daemon espalierd.
