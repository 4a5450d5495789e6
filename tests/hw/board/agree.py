#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do the board files and the driver agree on where the register page is, what the kernel is called, how long its
space is, and which streams there are?"""
import pathlib
import re
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[3]
BOARD = ROOT / "hw" / "board"
STREAMS = {f"{way}_axis_{end}" for way in "sm" for end in ("plain", "cipher", "host0", "host1")}


def text(*path):
    return ROOT.joinpath(*path).read_text(encoding="ascii")


def find(pattern, where):
    found = re.search(pattern, where)
    if not found:
        sys.exit(f"board: nothing matches {pattern}")
    return found[1]


def expect(condition, why):
    if not condition:
        sys.exit(f"board: {why}")


page = int(find(r"ESPL_PAGE_BYTES\s+(\d+)", text("driver", "regs.h")))
# OpenNIC shell's own map (system_config_address_map.sv): box 0 is 1 MiB at 0x100000 of BAR 2
ids = text("driver", "bus", "pci_ids.c")
expect(int(find(r"BOX_250MHZ (0x\w+)u", ids), 16) == 0x100000, "the driver looks elsewhere than in the 250 MHz box")
expect(find(r"define OPENNIC\(device\)[\s\\{]*0x10ee, device, (\d)", ids) == "2", "the driver looks into another BAR")
width = int(find(r"axil_cross #\(\.ADDR_W\((\d+)\)\)", text("hw", "board", "opennic", "espalier_250mhz.v")))
expect(1 << width == page, "the plugin's address width is not that of the page")

kernel = xml.etree.ElementTree.parse(BOARD / "vitis" / "kernel.xml").getroot().find("kernel")
name, instance = find(r'define KERNEL "([^"]+)"', text("driver", "bus", "xrt.c")).split(":")
expect(kernel.get("name") == name, "kernel.xml has another kernel than the driver asks for")
expect(kernel.get("hwControlProtocol") == "user_managed", "kernel.xml: XRT would use the page's first registers")
control = [port for port in kernel.iter("port") if port.get("name") == "s_axi_control"][0]
expect(int(control.get("range"), 16) == page, "kernel.xml: the range is not the page")
reach = max(int(arg.get("offset"), 16) + int(arg.get("size"), 16) for arg in kernel.iter("arg"))
expect(reach == page, f"kernel.xml: XRT reaches {reach} bytes, the page has {page}")
streams = {port.get("name") for port in kernel.iter("port")} - {"s_axi_control"}
expect(streams == STREAMS, "kernel.xml: other streams than the kernel's")
verilog = text("hw", "board", "vitis", "espalier.v")
expect(set(re.findall(r"wire \[511:0\] *(\w+)_tdata", verilog)) == STREAMS, "espalier.v: other streams")
for config in sorted(BOARD.glob("vitis/link_*.cfg")):
    links = config.read_text(encoding="ascii")
    expect(f"nk={name}:1:{instance}\n" in links, f"{config.name}: not the instance that the driver asks for")
    joined = re.findall(rf"^sc=(?:\S+:{instance}\.(\S+)|{instance}\.(\S+):\S+)$", links, re.M)
    expect({a or b for a, b in joined} == STREAMS and len(joined) == len(STREAMS), f"{config.name}: streams")
    made = set(re.findall(r"[:.](\w+_\d)", "\n".join(line for line in links.splitlines() if line.startswith("nk="))))
    used = set(re.findall(r"\b(\w+_\d)\.", "\n".join(line for line in links.splitlines() if line.startswith("sc="))))
    expect(used == made, f"{config.name}: kernels made {sorted(made)}, joined {sorted(used)}")
print("board: the driver agrees")
