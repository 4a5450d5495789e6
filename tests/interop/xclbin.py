#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small xclbin with one kernel and no bitstream, for XRT's hardware emulation (struct axlf of XRT's xclbin.h).

usage: xclbin.py FILE
"""
import struct
import sys
import time

KERNEL, INSTANCE, BASE, RANGE = "espalier", "espalier_1", 0x800000, 0x10000
UUID = bytes.fromhex("4553504c000040008000000000000001")
HW_EMU = 4  # XCLBIN_MODE
BITSTREAM, EMBEDDED_METADATA, MEM_TOPOLOGY, IP_LAYOUT = 0, 2, 6, 8  # axlf_section_kind
IP_KERNEL, MEM_DDR4 = 1, 1
HEADER, SECTION = 456, 40  # bytes: axlf up to its sections, axlf_section_header

# XRT takes the size of the register space from the arguments, so a kernel without any has none
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<project name="{KERNEL}">
  <platform vendor="xilinx" boardid="none" name="none" featureRomTime="0">
    <version major="1" minor="0"/>
    <device name="fpga0" fpgaDevice="none" addrWidth="0">
      <core name="OCL_REGION_0" target="hw_em" type="clc_region" clockFreq="250MHz" numComputeUnits="1">
        <kernel name="{KERNEL}" language="ip" vlnv="none:kernel:{KERNEL}:1.0" attributes="" hwControlProtocol="user_managed">
          <port name="s_axi_control" mode="slave" range="{RANGE:#x}" dataWidth="32" portType="addressable" base="0x0"/>
          <arg name="page" addressQualifier="0" id="0" port="s_axi_control" size="0x4" offset="0x10" hostOffset="0x0"
               hostSize="0x4" type="uint"/>
          <instance name="{INSTANCE}">
            <addrRemap base="{BASE:#x}" range="{RANGE:#x}" port="s_axi_control"/>
          </instance>
        </kernel>
        <connection srcType="core" srcInst="OCL_REGION_0" srcPort="S_AXI" dstType="kernel" dstInst="{INSTANCE}"
                    dstPort="s_axi_control"/>
      </core>
    </device>
  </platform>
</project>
"""


def ip_layout():
    return struct.pack("<i4xIIQ64s", 1, IP_KERNEL, 0, BASE, f"{KERNEL}:{INSTANCE}".encode())


def mem_topology():
    return struct.pack("<i4xBB6xQQ16s", 1, MEM_DDR4, 0, 0x100000, 0, b"bank0")


def xclbin():
    empty_zip = b"PK\5\6" + bytes(18)
    parts = [(BITSTREAM, b"sim", empty_zip), (EMBEDDED_METADATA, b"xml", XML.encode()),
             (MEM_TOPOLOGY, b"memory", mem_topology()), (IP_LAYOUT, b"ip", ip_layout())]
    at, table, body = HEADER + SECTION * len(parts), b"", b""
    for kind, name, data in parts:
        table += struct.pack("<I16s4xQQ", kind, name, at + len(body), len(data))
        body += data + bytes(-len(data) % 8)
    head = b"xclbin2\0" + struct.pack("<i", -1) + b"\xff" * 28 + bytes(256) + struct.pack("<Q", 1)
    head += struct.pack("<QQQHBBHH16s64s16s16sI4x", at + len(body), int(time.time()), 0, 0, 2, 1, HW_EMU, 0, bytes(16),
                        b"espalier_hwemu", UUID, b"", len(parts))
    assert len(head) == HEADER
    return head + table + body


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[-1])
    with open(sys.argv[1], "wb") as out:
        out.write(xclbin())
