# SPDX-License-Identifier: Apache-2.0
# libespalier and espctl.
