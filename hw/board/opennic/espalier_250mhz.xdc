# SPDX-License-Identifier: Apache-2.0
# Between the shell's register clock and the engine's (axil_cross, onic_reset): synchronisers, and words that stand
# still while their toggle crosses.
set cross [get_cells -hierarchical -filter {NAME =~ *espalier_inst/registers}]
set_max_delay -datapath_only 4.0 -from [get_cells $cross/addr_reg*]  -to [all_registers -clock [get_clocks -of [get_pins $cross/m_clk]]]
set_max_delay -datapath_only 4.0 -from [get_cells $cross/wdata_reg*] -to [all_registers -clock [get_clocks -of [get_pins $cross/m_clk]]]
set_max_delay -datapath_only 4.0 -from [get_cells $cross/m_rdata_reg*] -to [get_cells $cross/rdata_reg*]
set_false_path -to [get_cells -hierarchical -filter {NAME =~ *espalier_inst/registers/ask_sync_reg[0]}]
set_false_path -to [get_cells -hierarchical -filter {NAME =~ *espalier_inst/registers/told_sync_reg[0]}]
set_false_path -to [get_cells -hierarchical -filter {NAME =~ *espalier_inst/reset/sync_reg[0]}]
