# SPDX-License-Identifier: Apache-2.0
# The kernel as espalier.xo.  usage, in this folder: vivado -mode batch -source package.tcl -tclargs PART CLOCK_KHZ
# (U50 xcu50-fsvh2104-2-e, U250 xcu250-figd2104-2L-e, U280 xcu280-fsvh2892-2L-e)
set part [lindex $argv 0]
set khz [lindex $argv 1]
set hw [file normalize ../..]
create_project -force package build -part $part
add_files [glob $hw/{aes,axis,csr,esp,gcm,lookup,sa,top}/*.v espalier.v]
add_files [glob $hw/regs/*.vh $hw/aes/*.vh]
set_property include_dirs [list $hw/regs $hw/aes] [current_fileset]
set_property top espalier [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir build/ip -vendor espalier -library kernel -taxonomy /KernelIP -import_files -set_current true
set core [ipx::current_core]
set_property value $khz [ipx::get_user_parameters CLOCK_KHZ -of_objects $core]
set_property value $khz [ipx::get_hdl_parameters CLOCK_KHZ -of_objects $core]
foreach bus {s_axi_control s_axis_plain s_axis_cipher s_axis_host0 s_axis_host1 \
             m_axis_plain m_axis_cipher m_axis_host0 m_axis_host1} {
    ipx::associate_bus_interfaces -busif $bus -clock ap_clk $core
}
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
ipx::update_checksums $core
ipx::save_core $core
package_xo -force -xo_path espalier.xo -kernel_name espalier -ip_directory build/ip -kernel_xml kernel.xml \
    -ctrl_protocol user_managed
