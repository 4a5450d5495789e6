# SPDX-License-Identifier: Apache-2.0
# Sourced by the shell's build.tcl (-user_plugin hw/board/opennic), which stands in this folder then: the files of
# the 250 MHz box. The 322 MHz box has no folder here, so the shell takes its own plugin for it.
set hw [file normalize ../..]
set files [glob $hw/{aes,axis,csr,esp,gcm,lookup,sa,top}/*.v *.v]
read_verilog -quiet $files
set_property include_dirs [concat [get_property include_dirs [current_fileset]] \
    [list $hw/regs $hw/aes]] [current_fileset]
# The two register clocks are made from one, but nothing relies on it: what crosses stands still
set xdc [file normalize espalier_250mhz.xdc]
read_xdc -unmanaged $xdc
