// SPDX-License-Identifier: Apache-2.0
// Made from hw/regs/espalier.rdl by `make regs`; change it there.
`ifndef ESPL_REGS_VH
`define ESPL_REGS_VH

`define ESPL_MAP_SUM_VALUE                      32'h96cd2926

// Registers: byte address in the page; then bits of their fields
`define ESPL_REG_MAGIC                          12'h000
`define ESPL_MAGIC_VALUE                        32'h4553504c
`define ESPL_REG_VERSION                        12'h004
`define ESPL_VERSION_VALUE                      32'h00000001
`define ESPL_VERSION_MINOR                      15:0
`define ESPL_VERSION_MAJOR                      31:16
`define ESPL_REG_MAP_SUM                        12'h008
`define ESPL_REG_GENERATION                     12'h00c
`define ESPL_REG_TOKEN                          12'h010
`define ESPL_REG_CLOCK_KHZ                      12'h014
`define ESPL_REG_CHANGES                        12'h018
`define ESPL_REG_CAP_SA                         12'h020
`define ESPL_CAP_SA_OUT                         15:0
`define ESPL_CAP_SA_IN                          31:16
`define ESPL_REG_CAP_POLICY                     12'h024
`define ESPL_CAP_POLICY_ROWS                    15:0
`define ESPL_CAP_POLICY_EXACT                   31:16
`define ESPL_REG_CAP_NEIGH                      12'h028
`define ESPL_CAP_NEIGH_PER_BANK                 15:0
`define ESPL_CAP_NEIGH_NEXTHOPS                 31:16
`define ESPL_REG_CAP_SIZE                       12'h02c
`define ESPL_CAP_SIZE_FRAME                     15:0
`define ESPL_CAP_SIZE_WINDOW                    31:16
`define ESPL_REG_CAP_ALG                        12'h030
`define ESPL_CAP_ALG_GCM16_128                  0:0
`define ESPL_CAP_ALG_GCM16_256                  1:1
`define ESPL_REG_CAP_MODE                       12'h034
`define ESPL_CAP_MODE_TUNNEL                    0:0
`define ESPL_CAP_MODE_TRANSPORT                 1:1
`define ESPL_CAP_MODE_ENCAP                     2:2
`define ESPL_CAP_MODE_IPV4                      3:3
`define ESPL_CAP_MODE_IPV6                      4:4
`define ESPL_CAP_MODE_ESN                       5:5
`define ESPL_CAP_MODE_LIFETIMES                 6:6
`define ESPL_CAP_MODE_EVENTS                    7:7
`define ESPL_CAP_MODE_OUTER                     8:8
`define ESPL_REG_CONTROL                        12'h040
`define ESPL_CONTROL_RESET                      0:0
`define ESPL_REG_STATUS                         12'h044
`define ESPL_STATUS_READY                       0:0
`define ESPL_STATUS_BUSY                        1:1
`define ESPL_REG_MBOX_OP                        12'h080
`define ESPL_MBOX_OP_OP                         7:0
`define ESPL_REG_MBOX_INDEX                     12'h084
`define ESPL_REG_MBOX_DOORBELL                  12'h088
`define ESPL_MBOX_DOORBELL_TAG                  31:0
`define ESPL_REG_MBOX_DONE                      12'h08c
`define ESPL_REG_MBOX_REASON                    12'h090
`define ESPL_MBOX_REASON_CODE                   7:0
`define ESPL_REG_MBOX_DETAIL                    12'h094
`define ESPL_REG_MBOX_REQ                       12'h100
`define ESPL_MBOX_REQ_WORDS                     60
`define ESPL_REG_MBOX_RSP                       12'h200
`define ESPL_MBOX_RSP_WORDS                     60

// Counters: index of the 64-bit counter, low word first in the page
`define ESPL_REG_COUNTERS                       12'h400
`define ESPL_CNT_SPAN                           82
`define ESPL_CNT_PLAIN_RX_FRAMES                0
`define ESPL_CNT_PLAIN_RX_BYTES                 1
`define ESPL_CNT_PLAIN_TX_FRAMES                2
`define ESPL_CNT_PLAIN_TX_BYTES                 3
`define ESPL_CNT_CIPHER_RX_FRAMES               4
`define ESPL_CNT_CIPHER_RX_BYTES                5
`define ESPL_CNT_CIPHER_TX_FRAMES               6
`define ESPL_CNT_CIPHER_TX_BYTES                7
`define ESPL_CNT_HOST0_RX_FRAMES                8
`define ESPL_CNT_HOST0_RX_BYTES                 9
`define ESPL_CNT_HOST0_TX_FRAMES                10
`define ESPL_CNT_HOST0_TX_BYTES                 11
`define ESPL_CNT_HOST1_RX_FRAMES                12
`define ESPL_CNT_HOST1_RX_BYTES                 13
`define ESPL_CNT_HOST1_TX_FRAMES                14
`define ESPL_CNT_HOST1_TX_BYTES                 15
`define ESPL_CNT_PLAIN_DROP_ERROR               16
`define ESPL_CNT_PLAIN_DROP_RUNT                17
`define ESPL_CNT_PLAIN_DROP_OVERSIZE            18
`define ESPL_CNT_CIPHER_DROP_ERROR              19
`define ESPL_CNT_CIPHER_DROP_RUNT               20
`define ESPL_CNT_CIPHER_DROP_OVERSIZE           21
`define ESPL_CNT_HOST0_DROP_ERROR               22
`define ESPL_CNT_HOST0_DROP_RUNT                23
`define ESPL_CNT_HOST0_DROP_OVERSIZE            24
`define ESPL_CNT_HOST1_DROP_ERROR               25
`define ESPL_CNT_HOST1_DROP_RUNT                26
`define ESPL_CNT_HOST1_DROP_OVERSIZE            27
`define ESPL_CNT_HOST0_DROP_FULL                28
`define ESPL_CNT_HOST1_DROP_FULL                29
`define ESPL_CNT_OUT_ENCRYPTED                  32
`define ESPL_CNT_OUT_ENCRYPTED_BYTES            33
`define ESPL_CNT_OUT_HOST_MAC                   34
`define ESPL_CNT_OUT_HOST_NOT_IP                35
`define ESPL_CNT_OUT_HOST_NO_POLICY             36
`define ESPL_CNT_OUT_HOST_BYPASS                37
`define ESPL_CNT_OUT_HOST_FRAGMENT              38
`define ESPL_CNT_OUT_HOST_OPTIONS               39
`define ESPL_CNT_OUT_HOST_TTL                   40
`define ESPL_CNT_OUT_HOST_MTU                   41
`define ESPL_CNT_OUT_DROP_DISCARD               42
`define ESPL_CNT_OUT_DROP_BAD_HEADER            43
`define ESPL_CNT_OUT_DROP_NO_SA                 44
`define ESPL_CNT_OUT_DROP_NO_NEXTHOP            45
`define ESPL_CNT_OUT_DROP_SEQ_END               46
`define ESPL_CNT_OUT_DROP_LOOP                  47
`define ESPL_CNT_IN_DECRYPTED                   64
`define ESPL_CNT_IN_DECRYPTED_BYTES             65
`define ESPL_CNT_IN_HOST_MAC                    66
`define ESPL_CNT_IN_HOST_NOT_ESP                67
`define ESPL_CNT_IN_HOST_FRAGMENT               68
`define ESPL_CNT_IN_HOST_OPTIONS                69
`define ESPL_CNT_IN_HOST_IKE                    70
`define ESPL_CNT_IN_DROP_KEEPALIVE              71
`define ESPL_CNT_IN_DROP_NO_SA                  72
`define ESPL_CNT_IN_DROP_MALFORMED              73
`define ESPL_CNT_IN_DROP_AUTH                   74
`define ESPL_CNT_IN_DROP_REPLAY                 75
`define ESPL_CNT_IN_DROP_PADDING                76
`define ESPL_CNT_IN_DROP_SELECTOR               77
`define ESPL_CNT_IN_DROP_INNER                  78
`define ESPL_CNT_IN_DROP_LOOP                   79
`define ESPL_CNT_IN_INNER_HOST_ROUTE            80
`define ESPL_CNT_IN_INNER_HOST_TTL              81

// SA entry (SA_OUT_ADD, SA_IN_ADD): number of the word; then bits of its fields
`define ESPL_SA_ENTRY_WORDS                     59
`define ESPL_SA_ENTRY_FLAGS                     0
`define ESPL_SA_ENTRY_FLAGS_ALG                 3:0
`define ESPL_SA_ENTRY_FLAGS_MODE                5:4
`define ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY        6:6
`define ESPL_SA_ENTRY_FLAGS_SEL_FAMILY          7:7
`define ESPL_SA_ENTRY_FLAGS_ENCAP               8:8
`define ESPL_SA_ENTRY_FLAGS_SEL_CHECK           9:9
`define ESPL_SA_ENTRY_FLAGS_ESN                 10:10
`define ESPL_SA_ENTRY_FLAGS_DSCP                21:16
`define ESPL_SA_ENTRY_FLAGS_DSCP_SET            22:22
`define ESPL_SA_ENTRY_FLAGS_DF                  23:23
`define ESPL_SA_ENTRY_FLAGS_DF_SET              24:24
`define ESPL_SA_ENTRY_FLAGS_ECN_OFF             25:25
`define ESPL_SA_ENTRY_SPI                       1
`define ESPL_SA_ENTRY_SALT                      2
`define ESPL_SA_ENTRY_KEY                       3
`define ESPL_SA_ENTRY_SRC                       11
`define ESPL_SA_ENTRY_DST                       15
`define ESPL_SA_ENTRY_ENCAP                     19
`define ESPL_SA_ENTRY_ENCAP_SPORT               15:0
`define ESPL_SA_ENTRY_ENCAP_DPORT               31:16
`define ESPL_SA_ENTRY_ROUTE                     20
`define ESPL_SA_ENTRY_ROUTE_NEXTHOP             15:0
`define ESPL_SA_ENTRY_ROUTE_TTL                 23:16
`define ESPL_SA_ENTRY_SIZES                     21
`define ESPL_SA_ENTRY_SIZES_MTU                 15:0
`define ESPL_SA_ENTRY_SIZES_WINDOW              31:16
`define ESPL_SA_ENTRY_SEL_SRC                   22
`define ESPL_SA_ENTRY_SEL_DST                   26
`define ESPL_SA_ENTRY_SEL                       30
`define ESPL_SA_ENTRY_SEL_SRC_LEN               7:0
`define ESPL_SA_ENTRY_SEL_DST_LEN               15:8
`define ESPL_SA_ENTRY_SEL_PROTO                 23:16
`define ESPL_SA_ENTRY_SEL_SPORT                 31
`define ESPL_SA_ENTRY_SEL_SPORT_FIRST           15:0
`define ESPL_SA_ENTRY_SEL_SPORT_LAST            31:16
`define ESPL_SA_ENTRY_SEL_DPORT                 32
`define ESPL_SA_ENTRY_SEL_DPORT_FIRST           15:0
`define ESPL_SA_ENTRY_SEL_DPORT_LAST            31:16
`define ESPL_SA_ENTRY_REQID                     33
`define ESPL_SA_ENTRY_SERIAL                    34
`define ESPL_SA_ENTRY_RESERVED                  35

// SA info (answer to SA_OUT_GET, SA_IN_GET): number of the word; then bits of its fields
`define ESPL_SA_INFO_WORDS                      38
`define ESPL_SA_INFO_FLAGS                      0
`define ESPL_SA_INFO_SPI                        1
`define ESPL_SA_INFO_SRC                        2
`define ESPL_SA_INFO_DST                        6
`define ESPL_SA_INFO_ENCAP                      10
`define ESPL_SA_INFO_ROUTE                      11
`define ESPL_SA_INFO_SIZES                      12
`define ESPL_SA_INFO_SEQ_HI                     13
`define ESPL_SA_INFO_SEQ_LO                     14
`define ESPL_SA_INFO_WINDOW_HI                  15
`define ESPL_SA_INFO_WINDOW_LO                  16
`define ESPL_SA_INFO_PACKETS_HI                 17
`define ESPL_SA_INFO_PACKETS_LO                 18
`define ESPL_SA_INFO_BYTES_HI                   19
`define ESPL_SA_INFO_BYTES_LO                   20
`define ESPL_SA_INFO_AUTH_FAILED                21
`define ESPL_SA_INFO_REPLAYED                   22
`define ESPL_SA_INFO_BAD_PADDING                23
`define ESPL_SA_INFO_BAD_SELECTOR               24
`define ESPL_SA_INFO_SEL_SRC                    25
`define ESPL_SA_INFO_SEL_DST                    29
`define ESPL_SA_INFO_SEL                        33
`define ESPL_SA_INFO_SEL_SPORT                  34
`define ESPL_SA_INFO_SEL_DPORT                  35
`define ESPL_SA_INFO_REQID                      36
`define ESPL_SA_INFO_SERIAL                     37

// Policy entry (POLICY_SET, POLICY_ACTION, POLICY_GET): number of the word; then bits of its fields
`define ESPL_POLICY_ENTRY_WORDS                 32
`define ESPL_POLICY_ENTRY_FLAGS                 0
`define ESPL_POLICY_ENTRY_FLAGS_ACTION          1:0
`define ESPL_POLICY_ENTRY_FLAGS_FAMILY          2:2
`define ESPL_POLICY_ENTRY_FLAGS_USED            3:3
`define ESPL_POLICY_ENTRY_SA_SLOT               1
`define ESPL_POLICY_ENTRY_SRC_VALUE             2
`define ESPL_POLICY_ENTRY_SRC_MASK              6
`define ESPL_POLICY_ENTRY_DST_VALUE             10
`define ESPL_POLICY_ENTRY_DST_MASK              14
`define ESPL_POLICY_ENTRY_PROTO                 18
`define ESPL_POLICY_ENTRY_PROTO_VALUE           7:0
`define ESPL_POLICY_ENTRY_PROTO_MASK            15:8
`define ESPL_POLICY_ENTRY_SPORT                 19
`define ESPL_POLICY_ENTRY_SPORT_VALUE           15:0
`define ESPL_POLICY_ENTRY_SPORT_MASK            31:16
`define ESPL_POLICY_ENTRY_DPORT                 20
`define ESPL_POLICY_ENTRY_DPORT_VALUE           15:0
`define ESPL_POLICY_ENTRY_DPORT_MASK            31:16
`define ESPL_POLICY_ENTRY_PRIORITY              21
`define ESPL_POLICY_ENTRY_SERIAL                22
`define ESPL_POLICY_ENTRY_REQID                 23
`define ESPL_POLICY_ENTRY_TMPL_SRC              24
`define ESPL_POLICY_ENTRY_TMPL_DST              28

// Neighbour entry (NEIGH_SET, NEIGH_GET): number of the word; then bits of its fields
`define ESPL_NEIGH_ENTRY_WORDS                  8
`define ESPL_NEIGH_ENTRY_FLAGS                  0
`define ESPL_NEIGH_ENTRY_FLAGS_FAMILY           0:0
`define ESPL_NEIGH_ENTRY_FLAGS_USED             1:1
`define ESPL_NEIGH_ENTRY_FLAGS_DEV              2:2
`define ESPL_NEIGH_ENTRY_ADDR                   1
`define ESPL_NEIGH_ENTRY_NEXTHOP                5
`define ESPL_NEIGH_ENTRY_RESERVED               6

// Next hop entry (NEXTHOP_SET, NEXTHOP_GET): number of the word; then bits of its fields
`define ESPL_NEXTHOP_ENTRY_WORDS                4
`define ESPL_NEXTHOP_ENTRY_MAC_HI               0
`define ESPL_NEXTHOP_ENTRY_MAC_HI_MAC           15:0
`define ESPL_NEXTHOP_ENTRY_MAC_HI_USED          16:16
`define ESPL_NEXTHOP_ENTRY_MAC_LO               1
`define ESPL_NEXTHOP_ENTRY_RESERVED             2

// Port entry (PORT_SET, PORT_GET): number of the word; then bits of its fields
`define ESPL_PORT_ENTRY_WORDS                   4
`define ESPL_PORT_ENTRY_MAC_HI                  0
`define ESPL_PORT_ENTRY_MAC_HI_MAC              15:0
`define ESPL_PORT_ENTRY_MAC_HI_USED             16:16
`define ESPL_PORT_ENTRY_MAC_LO                  1
`define ESPL_PORT_ENTRY_RESERVED                2

// op
`define ESPL_OP_NOP                             8'h0
`define ESPL_OP_SA_OUT_ADD                      8'h10
`define ESPL_OP_SA_IN_ADD                       8'h11
`define ESPL_OP_SA_OUT_DEL                      8'h12
`define ESPL_OP_SA_IN_DEL                       8'h13
`define ESPL_OP_SA_OUT_GET                      8'h14
`define ESPL_OP_SA_IN_GET                       8'h15
`define ESPL_OP_SA_OUT_NEXT                     8'h1c
`define ESPL_OP_SA_IN_NEXT                      8'h1d
`define ESPL_OP_POLICY_SET                      8'h20
`define ESPL_OP_POLICY_CLEAR                    8'h21
`define ESPL_OP_POLICY_GET                      8'h22
`define ESPL_OP_POLICY_ACTION                   8'h23
`define ESPL_OP_POLICY_NEXT                     8'h2a
`define ESPL_OP_NEIGH_SET                       8'h30
`define ESPL_OP_NEIGH_CLEAR                     8'h31
`define ESPL_OP_NEIGH_GET                       8'h32
`define ESPL_OP_NEIGH_NEXT                      8'h3a
`define ESPL_OP_NEXTHOP_SET                     8'h40
`define ESPL_OP_NEXTHOP_CLEAR                   8'h41
`define ESPL_OP_NEXTHOP_GET                     8'h42
`define ESPL_OP_NEXTHOP_NEXT                    8'h4a
`define ESPL_OP_PORT_SET                        8'h50
`define ESPL_OP_PORT_GET                        8'h51

// reason
`define ESPL_REASON_OK                          8'h0
`define ESPL_REASON_OP                          8'h1
`define ESPL_REASON_INDEX                       8'h2
`define ESPL_REASON_RESERVED                    8'h3
`define ESPL_REASON_NOT_READY                   8'h4
`define ESPL_REASON_EMPTY                       8'h5
`define ESPL_REASON_SLOT_BUSY                   8'h10
`define ESPL_REASON_SLOT_EMPTY                  8'h11
`define ESPL_REASON_SPI                         8'h12
`define ESPL_REASON_SPI_SLOT                    8'h13
`define ESPL_REASON_ALG                         8'h14
`define ESPL_REASON_KEY                         8'h15
`define ESPL_REASON_MODE                        8'h16
`define ESPL_REASON_FAMILY                      8'h17
`define ESPL_REASON_ENCAP                       8'h18
`define ESPL_REASON_WINDOW                      8'h19
`define ESPL_REASON_NEXTHOP                     8'h1a
`define ESPL_REASON_MTU                         8'h1b
`define ESPL_REASON_SELECTOR                    8'h1c
`define ESPL_REASON_ADDRESS                     8'h1d
`define ESPL_REASON_ACTION                      8'h20
`define ESPL_REASON_POLICY_SA                   8'h21
`define ESPL_REASON_MAC                         8'h30

// alg
`define ESPL_ALG_GCM16_128                      4'h1
`define ESPL_ALG_GCM16_256                      4'h2

// mode
`define ESPL_MODE_TUNNEL                        2'h0

// family
`define ESPL_FAMILY_IPV4                        1'h0
`define ESPL_FAMILY_IPV6                        1'h1

// action
`define ESPL_ACTION_DISCARD                     2'h0
`define ESPL_ACTION_BYPASS                      2'h1
`define ESPL_ACTION_PROTECT                     2'h2

`endif
