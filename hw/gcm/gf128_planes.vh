// SPDX-License-Identifier: Apache-2.0
// Two words change halves, in the modules of gf128_dot that include this: wires, in hardware.
// `m` is the lower half of every 2 * `by` bits: `low` puts those of both words together, `high` the
// upper halves. Eight words of bytes that do so by 1, 2 and 4 bits become bit planes: word j then has bit
// j of all the bytes, and three times more it makes bytes of planes.
localparam [63:0] M1 = 64'h5555_5555_5555_5555;
localparam [63:0] M2 = 64'h3333_3333_3333_3333;
localparam [63:0] M4 = 64'h0f0f_0f0f_0f0f_0f0f;

function [63:0] low(input [63:0] a, input [63:0] b, input [63:0] m, input integer by);
    low = (a & m) | ((b & m) << by);
endfunction

function [63:0] high(input [63:0] a, input [63:0] b, input [63:0] m, input integer by);
    high = ((a >> by) & m) | (b & ~m);
endfunction
