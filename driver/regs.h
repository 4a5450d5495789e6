/* SPDX-License-Identifier: Apache-2.0 */
/* Made from hw/regs/espalier.rdl by `make regs`; change it there. */
#ifndef ESPL_REGS_H
#define ESPL_REGS_H

#define ESPL_MAP_SUM_VALUE                          0x04779267u
#define ESPL_PAGE_BYTES                             4096

/* Registers: byte offset in the page; shift and mask of their fields */
#define ESPL_REG_MAGIC                              0x000u
#define ESPL_MAGIC_VALUE                            0x4553504cu
#define ESPL_REG_VERSION                            0x004u
#define ESPL_VERSION_VALUE                          0x00000001u
#define ESPL_VERSION_MINOR_SHIFT                    0
#define ESPL_VERSION_MINOR_MASK                     0x0000ffffu
#define ESPL_VERSION_MAJOR_SHIFT                    16
#define ESPL_VERSION_MAJOR_MASK                     0xffff0000u
#define ESPL_REG_MAP_SUM                            0x008u
#define ESPL_REG_GENERATION                         0x00cu
#define ESPL_REG_TOKEN                              0x010u
#define ESPL_REG_CLOCK_KHZ                          0x014u
#define ESPL_REG_CHANGES                            0x018u
#define ESPL_REG_CAP_SA                             0x020u
#define ESPL_CAP_SA_OUT_SHIFT                       0
#define ESPL_CAP_SA_OUT_MASK                        0x0000ffffu
#define ESPL_CAP_SA_IN_SHIFT                        16
#define ESPL_CAP_SA_IN_MASK                         0xffff0000u
#define ESPL_REG_CAP_POLICY                         0x024u
#define ESPL_CAP_POLICY_ROWS_SHIFT                  0
#define ESPL_CAP_POLICY_ROWS_MASK                   0x0000ffffu
#define ESPL_CAP_POLICY_EXACT_SHIFT                 16
#define ESPL_CAP_POLICY_EXACT_MASK                  0xffff0000u
#define ESPL_REG_CAP_NEIGH                          0x028u
#define ESPL_CAP_NEIGH_PER_BANK_SHIFT               0
#define ESPL_CAP_NEIGH_PER_BANK_MASK                0x0000ffffu
#define ESPL_CAP_NEIGH_NEXTHOPS_SHIFT               16
#define ESPL_CAP_NEIGH_NEXTHOPS_MASK                0xffff0000u
#define ESPL_REG_CAP_SIZE                           0x02cu
#define ESPL_CAP_SIZE_FRAME_SHIFT                   0
#define ESPL_CAP_SIZE_FRAME_MASK                    0x0000ffffu
#define ESPL_CAP_SIZE_WINDOW_SHIFT                  16
#define ESPL_CAP_SIZE_WINDOW_MASK                   0xffff0000u
#define ESPL_REG_CAP_ALG                            0x030u
#define ESPL_CAP_ALG_GCM16_128_SHIFT                0
#define ESPL_CAP_ALG_GCM16_128_MASK                 0x00000001u
#define ESPL_CAP_ALG_GCM16_256_SHIFT                1
#define ESPL_CAP_ALG_GCM16_256_MASK                 0x00000002u
#define ESPL_CAP_ALG_GMAC_128_SHIFT                 2
#define ESPL_CAP_ALG_GMAC_128_MASK                  0x00000004u
#define ESPL_CAP_ALG_GMAC_256_SHIFT                 3
#define ESPL_CAP_ALG_GMAC_256_MASK                  0x00000008u
#define ESPL_REG_CAP_MODE                           0x034u
#define ESPL_CAP_MODE_TUNNEL_SHIFT                  0
#define ESPL_CAP_MODE_TUNNEL_MASK                   0x00000001u
#define ESPL_CAP_MODE_TRANSPORT_SHIFT               1
#define ESPL_CAP_MODE_TRANSPORT_MASK                0x00000002u
#define ESPL_CAP_MODE_ENCAP_SHIFT                   2
#define ESPL_CAP_MODE_ENCAP_MASK                    0x00000004u
#define ESPL_CAP_MODE_IPV4_SHIFT                    3
#define ESPL_CAP_MODE_IPV4_MASK                     0x00000008u
#define ESPL_CAP_MODE_IPV6_SHIFT                    4
#define ESPL_CAP_MODE_IPV6_MASK                     0x00000010u
#define ESPL_CAP_MODE_ESN_SHIFT                     5
#define ESPL_CAP_MODE_ESN_MASK                      0x00000020u
#define ESPL_CAP_MODE_LIFETIMES_SHIFT               6
#define ESPL_CAP_MODE_LIFETIMES_MASK                0x00000040u
#define ESPL_CAP_MODE_EVENTS_SHIFT                  7
#define ESPL_CAP_MODE_EVENTS_MASK                   0x00000080u
#define ESPL_CAP_MODE_OUTER_SHIFT                   8
#define ESPL_CAP_MODE_OUTER_MASK                    0x00000100u
#define ESPL_CAP_MODE_TFC_SHIFT                     9
#define ESPL_CAP_MODE_TFC_MASK                      0x00000200u
#define ESPL_CAP_MODE_VLAN_SHIFT                    10
#define ESPL_CAP_MODE_VLAN_MASK                     0x00000400u
#define ESPL_CAP_MODE_UPDATE_SHIFT                  11
#define ESPL_CAP_MODE_UPDATE_MASK                   0x00000800u
#define ESPL_CAP_MODE_PARITY_SHIFT                  12
#define ESPL_CAP_MODE_PARITY_MASK                   0x00001000u
#define ESPL_REG_CONTROL                            0x040u
#define ESPL_CONTROL_RESET_SHIFT                    0
#define ESPL_CONTROL_RESET_MASK                     0x00000001u
#define ESPL_REG_STATUS                             0x044u
#define ESPL_STATUS_READY_SHIFT                     0
#define ESPL_STATUS_READY_MASK                      0x00000001u
#define ESPL_STATUS_BUSY_SHIFT                      1
#define ESPL_STATUS_BUSY_MASK                       0x00000002u
#define ESPL_REG_EVENT_HEAD                         0x050u
#define ESPL_REG_EVENT_TAIL                         0x054u
#define ESPL_REG_EVENT_LOST                         0x058u
#define ESPL_REG_EVENT_CONTROL                      0x05cu
#define ESPL_EVENT_CONTROL_IRQ_SHIFT                0
#define ESPL_EVENT_CONTROL_IRQ_MASK                 0x00000001u
#define ESPL_REG_MBOX_OP                            0x080u
#define ESPL_MBOX_OP_OP_SHIFT                       0
#define ESPL_MBOX_OP_OP_MASK                        0x000000ffu
#define ESPL_REG_MBOX_INDEX                         0x084u
#define ESPL_REG_MBOX_DOORBELL                      0x088u
#define ESPL_MBOX_DOORBELL_TAG_SHIFT                0
#define ESPL_MBOX_DOORBELL_TAG_MASK                 0xffffffffu
#define ESPL_REG_MBOX_DONE                          0x08cu
#define ESPL_REG_MBOX_REASON                        0x090u
#define ESPL_MBOX_REASON_CODE_SHIFT                 0
#define ESPL_MBOX_REASON_CODE_MASK                  0x000000ffu
#define ESPL_REG_MBOX_DETAIL                        0x094u
#define ESPL_REG_MBOX_REQ                           0x100u
#define ESPL_MBOX_REQ_WORDS                         60
#define ESPL_REG_MBOX_RSP                           0x200u
#define ESPL_MBOX_RSP_WORDS                         60
#define ESPL_REG_EVENTS                             0x300u
#define ESPL_EVENTS_WORDS                           64

/* SA entry (SA_OUT_ADD, SA_IN_ADD): number of the word; shift and mask of its fields */
#define ESPL_SA_ENTRY_WORDS                         59
#define ESPL_SA_ENTRY_FLAGS                         0
#define ESPL_SA_ENTRY_FLAGS_ALG_SHIFT               0
#define ESPL_SA_ENTRY_FLAGS_ALG_MASK                0x0000000fu
#define ESPL_SA_ENTRY_FLAGS_MODE_SHIFT              4
#define ESPL_SA_ENTRY_FLAGS_MODE_MASK               0x00000030u
#define ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_SHIFT      6
#define ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK       0x00000040u
#define ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_SHIFT        7
#define ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_MASK         0x00000080u
#define ESPL_SA_ENTRY_FLAGS_ENCAP_SHIFT             8
#define ESPL_SA_ENTRY_FLAGS_ENCAP_MASK              0x00000100u
#define ESPL_SA_ENTRY_FLAGS_SEL_CHECK_SHIFT         9
#define ESPL_SA_ENTRY_FLAGS_SEL_CHECK_MASK          0x00000200u
#define ESPL_SA_ENTRY_FLAGS_ESN_SHIFT               10
#define ESPL_SA_ENTRY_FLAGS_ESN_MASK                0x00000400u
#define ESPL_SA_ENTRY_FLAGS_DSCP_SHIFT              16
#define ESPL_SA_ENTRY_FLAGS_DSCP_MASK               0x003f0000u
#define ESPL_SA_ENTRY_FLAGS_DSCP_SET_SHIFT          22
#define ESPL_SA_ENTRY_FLAGS_DSCP_SET_MASK           0x00400000u
#define ESPL_SA_ENTRY_FLAGS_DF_SHIFT                23
#define ESPL_SA_ENTRY_FLAGS_DF_MASK                 0x00800000u
#define ESPL_SA_ENTRY_FLAGS_DF_SET_SHIFT            24
#define ESPL_SA_ENTRY_FLAGS_DF_SET_MASK             0x01000000u
#define ESPL_SA_ENTRY_FLAGS_ECN_OFF_SHIFT           25
#define ESPL_SA_ENTRY_FLAGS_ECN_OFF_MASK            0x02000000u
#define ESPL_SA_ENTRY_FLAGS_FLOW_ZERO_SHIFT         26
#define ESPL_SA_ENTRY_FLAGS_FLOW_ZERO_MASK          0x04000000u
#define ESPL_SA_ENTRY_FLAGS_DECAP_DSCP_SHIFT        27
#define ESPL_SA_ENTRY_FLAGS_DECAP_DSCP_MASK         0x08000000u
#define ESPL_SA_ENTRY_SPI                           1
#define ESPL_SA_ENTRY_SALT                          2
#define ESPL_SA_ENTRY_KEY                           3
#define ESPL_SA_ENTRY_SRC                           11
#define ESPL_SA_ENTRY_DST                           15
#define ESPL_SA_ENTRY_ENCAP                         19
#define ESPL_SA_ENTRY_ENCAP_SPORT_SHIFT             0
#define ESPL_SA_ENTRY_ENCAP_SPORT_MASK              0x0000ffffu
#define ESPL_SA_ENTRY_ENCAP_DPORT_SHIFT             16
#define ESPL_SA_ENTRY_ENCAP_DPORT_MASK              0xffff0000u
#define ESPL_SA_ENTRY_ROUTE                         20
#define ESPL_SA_ENTRY_ROUTE_NEXTHOP_SHIFT           0
#define ESPL_SA_ENTRY_ROUTE_NEXTHOP_MASK            0x0000ffffu
#define ESPL_SA_ENTRY_ROUTE_TTL_SHIFT               16
#define ESPL_SA_ENTRY_ROUTE_TTL_MASK                0x00ff0000u
#define ESPL_SA_ENTRY_SIZES                         21
#define ESPL_SA_ENTRY_SIZES_MTU_SHIFT               0
#define ESPL_SA_ENTRY_SIZES_MTU_MASK                0x0000ffffu
#define ESPL_SA_ENTRY_SIZES_WINDOW_SHIFT            16
#define ESPL_SA_ENTRY_SIZES_WINDOW_MASK             0xffff0000u
#define ESPL_SA_ENTRY_SEL_SRC                       22
#define ESPL_SA_ENTRY_SEL_DST                       26
#define ESPL_SA_ENTRY_SEL                           30
#define ESPL_SA_ENTRY_SEL_SRC_LEN_SHIFT             0
#define ESPL_SA_ENTRY_SEL_SRC_LEN_MASK              0x000000ffu
#define ESPL_SA_ENTRY_SEL_DST_LEN_SHIFT             8
#define ESPL_SA_ENTRY_SEL_DST_LEN_MASK              0x0000ff00u
#define ESPL_SA_ENTRY_SEL_PROTO_SHIFT               16
#define ESPL_SA_ENTRY_SEL_PROTO_MASK                0x00ff0000u
#define ESPL_SA_ENTRY_SEL_SPORT                     31
#define ESPL_SA_ENTRY_SEL_SPORT_FIRST_SHIFT         0
#define ESPL_SA_ENTRY_SEL_SPORT_FIRST_MASK          0x0000ffffu
#define ESPL_SA_ENTRY_SEL_SPORT_LAST_SHIFT          16
#define ESPL_SA_ENTRY_SEL_SPORT_LAST_MASK           0xffff0000u
#define ESPL_SA_ENTRY_SEL_DPORT                     32
#define ESPL_SA_ENTRY_SEL_DPORT_FIRST_SHIFT         0
#define ESPL_SA_ENTRY_SEL_DPORT_FIRST_MASK          0x0000ffffu
#define ESPL_SA_ENTRY_SEL_DPORT_LAST_SHIFT          16
#define ESPL_SA_ENTRY_SEL_DPORT_LAST_MASK           0xffff0000u
#define ESPL_SA_ENTRY_REQID                         33
#define ESPL_SA_ENTRY_SERIAL                        34
#define ESPL_SA_ENTRY_SOFT_PACKETS_HI               35
#define ESPL_SA_ENTRY_SOFT_PACKETS_LO               36
#define ESPL_SA_ENTRY_HARD_PACKETS_HI               37
#define ESPL_SA_ENTRY_HARD_PACKETS_LO               38
#define ESPL_SA_ENTRY_SOFT_BYTES_HI                 39
#define ESPL_SA_ENTRY_SOFT_BYTES_LO                 40
#define ESPL_SA_ENTRY_HARD_BYTES_HI                 41
#define ESPL_SA_ENTRY_HARD_BYTES_LO                 42
#define ESPL_SA_ENTRY_EXTRA                         43
#define ESPL_SA_ENTRY_EXTRA_TFC_SHIFT               0
#define ESPL_SA_ENTRY_EXTRA_TFC_MASK                0x0000ffffu
#define ESPL_SA_ENTRY_EXTRA_CSUM_DELTA_SHIFT        16
#define ESPL_SA_ENTRY_EXTRA_CSUM_DELTA_MASK         0xffff0000u
#define ESPL_SA_ENTRY_RESERVED                      44

/* SA info (answer to SA_OUT_GET, SA_IN_GET): number of the word; shift and mask of its fields */
#define ESPL_SA_INFO_WORDS                          47
#define ESPL_SA_INFO_FLAGS                          0
#define ESPL_SA_INFO_SPI                            1
#define ESPL_SA_INFO_SRC                            2
#define ESPL_SA_INFO_DST                            6
#define ESPL_SA_INFO_ENCAP                          10
#define ESPL_SA_INFO_ROUTE                          11
#define ESPL_SA_INFO_SIZES                          12
#define ESPL_SA_INFO_SEQ_HI                         13
#define ESPL_SA_INFO_SEQ_LO                         14
#define ESPL_SA_INFO_WINDOW_HI                      15
#define ESPL_SA_INFO_WINDOW_LO                      16
#define ESPL_SA_INFO_PACKETS_HI                     17
#define ESPL_SA_INFO_PACKETS_LO                     18
#define ESPL_SA_INFO_BYTES_HI                       19
#define ESPL_SA_INFO_BYTES_LO                       20
#define ESPL_SA_INFO_AUTH_FAILED                    21
#define ESPL_SA_INFO_REPLAYED                       22
#define ESPL_SA_INFO_BAD_PADDING                    23
#define ESPL_SA_INFO_BAD_SELECTOR                   24
#define ESPL_SA_INFO_SEL_SRC                        25
#define ESPL_SA_INFO_SEL_DST                        29
#define ESPL_SA_INFO_SEL                            33
#define ESPL_SA_INFO_SEL_SPORT                      34
#define ESPL_SA_INFO_SEL_DPORT                      35
#define ESPL_SA_INFO_REQID                          36
#define ESPL_SA_INFO_SERIAL                         37
#define ESPL_SA_INFO_SOFT_PACKETS_HI                38
#define ESPL_SA_INFO_SOFT_PACKETS_LO                39
#define ESPL_SA_INFO_HARD_PACKETS_HI                40
#define ESPL_SA_INFO_HARD_PACKETS_LO                41
#define ESPL_SA_INFO_SOFT_BYTES_HI                  42
#define ESPL_SA_INFO_SOFT_BYTES_LO                  43
#define ESPL_SA_INFO_HARD_BYTES_HI                  44
#define ESPL_SA_INFO_HARD_BYTES_LO                  45
#define ESPL_SA_INFO_EXTRA                          46

/* Policy entry (POLICY_SET, POLICY_ACTION, POLICY_GET, and EXACT_*): number of the word; shift and mask of its fields */
#define ESPL_POLICY_ENTRY_WORDS                     32
#define ESPL_POLICY_ENTRY_FLAGS                     0
#define ESPL_POLICY_ENTRY_FLAGS_ACTION_SHIFT        0
#define ESPL_POLICY_ENTRY_FLAGS_ACTION_MASK         0x00000003u
#define ESPL_POLICY_ENTRY_FLAGS_FAMILY_SHIFT        2
#define ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK         0x00000004u
#define ESPL_POLICY_ENTRY_FLAGS_USED_SHIFT          3
#define ESPL_POLICY_ENTRY_FLAGS_USED_MASK           0x00000008u
#define ESPL_POLICY_ENTRY_FLAGS_TRANSPORT_SHIFT     4
#define ESPL_POLICY_ENTRY_FLAGS_TRANSPORT_MASK      0x00000010u
#define ESPL_POLICY_ENTRY_SA_SLOT                   1
#define ESPL_POLICY_ENTRY_SRC_VALUE                 2
#define ESPL_POLICY_ENTRY_SRC_MASK                  6
#define ESPL_POLICY_ENTRY_DST_VALUE                 10
#define ESPL_POLICY_ENTRY_DST_MASK                  14
#define ESPL_POLICY_ENTRY_PROTO                     18
#define ESPL_POLICY_ENTRY_PROTO_VALUE_SHIFT         0
#define ESPL_POLICY_ENTRY_PROTO_VALUE_MASK          0x000000ffu
#define ESPL_POLICY_ENTRY_PROTO_MASK_SHIFT          8
#define ESPL_POLICY_ENTRY_PROTO_MASK_MASK           0x0000ff00u
#define ESPL_POLICY_ENTRY_SPORT                     19
#define ESPL_POLICY_ENTRY_SPORT_FIRST_SHIFT         0
#define ESPL_POLICY_ENTRY_SPORT_FIRST_MASK          0x0000ffffu
#define ESPL_POLICY_ENTRY_SPORT_LAST_SHIFT          16
#define ESPL_POLICY_ENTRY_SPORT_LAST_MASK           0xffff0000u
#define ESPL_POLICY_ENTRY_DPORT                     20
#define ESPL_POLICY_ENTRY_DPORT_FIRST_SHIFT         0
#define ESPL_POLICY_ENTRY_DPORT_FIRST_MASK          0x0000ffffu
#define ESPL_POLICY_ENTRY_DPORT_LAST_SHIFT          16
#define ESPL_POLICY_ENTRY_DPORT_LAST_MASK           0xffff0000u
#define ESPL_POLICY_ENTRY_PRIORITY                  21
#define ESPL_POLICY_ENTRY_SERIAL                    22
#define ESPL_POLICY_ENTRY_REQID                     23
#define ESPL_POLICY_ENTRY_TMPL_SRC                  24
#define ESPL_POLICY_ENTRY_TMPL_DST                  28

/* Neighbour entry (NEIGH_SET, NEIGH_GET): number of the word; shift and mask of its fields */
#define ESPL_NEIGH_ENTRY_WORDS                      8
#define ESPL_NEIGH_ENTRY_FLAGS                      0
#define ESPL_NEIGH_ENTRY_FLAGS_FAMILY_SHIFT         0
#define ESPL_NEIGH_ENTRY_FLAGS_FAMILY_MASK          0x00000001u
#define ESPL_NEIGH_ENTRY_FLAGS_USED_SHIFT           1
#define ESPL_NEIGH_ENTRY_FLAGS_USED_MASK            0x00000002u
#define ESPL_NEIGH_ENTRY_FLAGS_DEV_SHIFT            2
#define ESPL_NEIGH_ENTRY_FLAGS_DEV_MASK             0x00000004u
#define ESPL_NEIGH_ENTRY_ADDR                       1
#define ESPL_NEIGH_ENTRY_NEXTHOP                    5
#define ESPL_NEIGH_ENTRY_RESERVED                   6

/* Next hop entry (NEXTHOP_SET, NEXTHOP_GET): number of the word; shift and mask of its fields */
#define ESPL_NEXTHOP_ENTRY_WORDS                    4
#define ESPL_NEXTHOP_ENTRY_MAC_HI                   0
#define ESPL_NEXTHOP_ENTRY_MAC_HI_MAC_SHIFT         0
#define ESPL_NEXTHOP_ENTRY_MAC_HI_MAC_MASK          0x0000ffffu
#define ESPL_NEXTHOP_ENTRY_MAC_HI_USED_SHIFT        16
#define ESPL_NEXTHOP_ENTRY_MAC_HI_USED_MASK         0x00010000u
#define ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET_SHIFT    17
#define ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET_MASK     0x00020000u
#define ESPL_NEXTHOP_ENTRY_MAC_LO                   1
#define ESPL_NEXTHOP_ENTRY_VLAN                     2
#define ESPL_NEXTHOP_ENTRY_RESERVED                 3

/* Port entry (PORT_SET, PORT_GET): number of the word; shift and mask of its fields */
#define ESPL_PORT_ENTRY_WORDS                       4
#define ESPL_PORT_ENTRY_MAC_HI                      0
#define ESPL_PORT_ENTRY_MAC_HI_MAC_SHIFT            0
#define ESPL_PORT_ENTRY_MAC_HI_MAC_MASK             0x0000ffffu
#define ESPL_PORT_ENTRY_MAC_HI_USED_SHIFT           16
#define ESPL_PORT_ENTRY_MAC_HI_USED_MASK            0x00010000u
#define ESPL_PORT_ENTRY_MAC_LO                      1
#define ESPL_PORT_ENTRY_RESERVED                    2

/* Event entry: number of the word; shift and mask of its fields */
#define ESPL_EVENT_ENTRY_WORDS                      4
#define ESPL_EVENT_ENTRY_WHAT                       0
#define ESPL_EVENT_ENTRY_WHAT_KIND_SHIFT            0
#define ESPL_EVENT_ENTRY_WHAT_KIND_MASK             0x000000ffu
#define ESPL_EVENT_ENTRY_WHAT_INBOUND_SHIFT         8
#define ESPL_EVENT_ENTRY_WHAT_INBOUND_MASK          0x00000100u
#define ESPL_EVENT_ENTRY_WHAT_SLOT_SHIFT            16
#define ESPL_EVENT_ENTRY_WHAT_SLOT_MASK             0xffff0000u
#define ESPL_EVENT_ENTRY_SPI                        1
#define ESPL_EVENT_ENTRY_DETAIL_HI                  2
#define ESPL_EVENT_ENTRY_DETAIL_LO                  3

enum espl_map_op {
    ESPL_OP_NOP = 0x00, /* Does nothing; answers OK. */
    ESPL_OP_SA_OUT_ADD = 0x10, /* Install an outbound SA in slot INDEX from a sa_entry. */
    ESPL_OP_SA_IN_ADD = 0x11, /* Install an inbound SA in slot INDEX from a sa_entry. */
    ESPL_OP_SA_OUT_DEL = 0x12, /* Delete the outbound SA in slot INDEX and wipe its key. Done when no packet uses it any more. */
    ESPL_OP_SA_IN_DEL = 0x13, /* Delete the inbound SA in slot INDEX and wipe its key. Done when no packet uses it any more. */
    ESPL_OP_SA_OUT_GET = 0x14, /* Read the outbound SA in slot INDEX as a sa_info (never its key). */
    ESPL_OP_SA_IN_GET = 0x15, /* Read the inbound SA in slot INDEX as a sa_info (never its key). */
    ESPL_OP_SA_OUT_UPDATE = 0x16, /* Change the outbound SA in slot INDEX between two packets, from a sa_entry: everything but key, salt, SPI, algorithm, esn and the counters, which stay as they are; the mode must be the same. Words 1 to 10 are zero. */
    ESPL_OP_SA_IN_UPDATE = 0x17, /* Change the inbound SA in slot INDEX between two packets, from a sa_entry: everything but key, salt, SPI, algorithm, esn, window and the counters, which stay as they are; the mode must be the same. Words 1 to 10 are zero. */
    ESPL_OP_SA_OUT_NEXT = 0x1c, /* SA_OUT_GET of the first slot in use from INDEX on; DETAIL is its number, or the number of slots when there is none. */
    ESPL_OP_SA_IN_NEXT = 0x1d, /* SA_IN_GET of the first slot in use from INDEX on; DETAIL is its number, or the number of slots when there is none. */
    ESPL_OP_POLICY_SET = 0x20, /* Write row INDEX of the outbound policy table from a policy_entry. Of the rows that match the lowest is taken: the host keeps them in the order of their priorities. */
    ESPL_OP_POLICY_CLEAR = 0x21, /* Empty row INDEX. */
    ESPL_OP_POLICY_GET = 0x22, /* Read row INDEX as a policy_entry. */
    ESPL_OP_POLICY_ACTION = 0x23, /* Change only the action and SA slot of row INDEX, between two packets (rekey); the other words are not looked at. */
    ESPL_OP_POLICY_NEXT = 0x2a, /* POLICY_GET of the first row in use from INDEX on; DETAIL is its number, or the number of rows when there is none. */
    ESPL_OP_NEIGH_SET = 0x30, /* Write neighbour cell INDEX ((bank * buckets + bucket) * 4 + place) from a neigh_entry. */
    ESPL_OP_NEIGH_CLEAR = 0x31, /* Empty neighbour cell INDEX. */
    ESPL_OP_NEIGH_GET = 0x32, /* Read neighbour cell INDEX as a neigh_entry. */
    ESPL_OP_NEIGH_NEXT = 0x3a, /* NEIGH_GET of the first cell in use from INDEX on; DETAIL is its number, or the number of cells when there is none. */
    ESPL_OP_NEXTHOP_SET = 0x40, /* Write next hop INDEX from a nexthop_entry. */
    ESPL_OP_NEXTHOP_CLEAR = 0x41, /* Empty next hop INDEX. */
    ESPL_OP_NEXTHOP_GET = 0x42, /* Read next hop INDEX as a nexthop_entry. */
    ESPL_OP_NEXTHOP_NEXT = 0x4a, /* NEXTHOP_GET of the first row in use from INDEX on; DETAIL is its number, or the number of rows when there is none. */
    ESPL_OP_EXACT_SET = 0x60, /* Write cell INDEX ((bank * buckets + bucket) * 4 + place) of the exact policies from a policy_entry that has one destination address, any protocol and any ports. */
    ESPL_OP_EXACT_CLEAR = 0x61, /* Empty cell INDEX. */
    ESPL_OP_EXACT_GET = 0x62, /* Read cell INDEX as a policy_entry. */
    ESPL_OP_EXACT_ACTION = 0x63, /* Change only the action and SA slot of cell INDEX, between two packets (rekey); the other words are not looked at. */
    ESPL_OP_EXACT_NEXT = 0x6a, /* EXACT_GET of the first cell in use from INDEX on; DETAIL is its number, or the number of cells when there is none. */
    ESPL_OP_PORT_SET = 0x50, /* Write the address of port INDEX (0 plain, 1 cipher, 2 the engine's own) from a port_entry. */
    ESPL_OP_PORT_GET = 0x51, /* Read the address of port INDEX as a port_entry. */
};

enum espl_map_reason {
    ESPL_REASON_OK = 0x00, /* Done. */
    ESPL_REASON_OP = 0x01, /* op: no such operation on this card. */
    ESPL_REASON_INDEX = 0x02, /* index: beyond the table; DETAIL is the number of rows. */
    ESPL_REASON_RESERVED = 0x03, /* A reserved word or bit is not zero; DETAIL is the number of the word. */
    ESPL_REASON_NOT_READY = 0x04, /* The card is still clearing its tables after a reset. */
    ESPL_REASON_EMPTY = 0x05, /* index: the row is not in use. */
    ESPL_REASON_SLOT_BUSY = 0x10, /* spi: the slot holds an SA; DETAIL is its SPI. */
    ESPL_REASON_SLOT_EMPTY = 0x11, /* spi: the slot holds no SA. */
    ESPL_REASON_SPI = 0x12, /* spi: 0 to 255 are reserved (RFC 4303 2.1). */
    ESPL_REASON_SPI_SLOT = 0x13, /* spi: an inbound SPI's low bits are its slot; DETAIL is the number of slots. */
    ESPL_REASON_ALG = 0x14, /* alg: not among this card's algorithms; DETAIL is CAP_ALG. */
    ESPL_REASON_KEY = 0x15, /* key: words 4..7 of a 128-bit key are not zero. */
    ESPL_REASON_MODE = 0x16, /* mode: not among this card's modes; DETAIL is CAP_MODE. */
    ESPL_REASON_FAMILY = 0x17, /* family: an address family this card does not have; DETAIL is CAP_MODE. */
    ESPL_REASON_ENCAP = 0x18, /* encap: a UDP port is zero with encapsulation, or set without. */
    ESPL_REASON_WINDOW = 0x19, /* replay_window: not 0 or a power of two from 64 to DETAIL, or 0 with extended sequence numbers (RFC 4303 3.3.3). */
    ESPL_REASON_NEXTHOP = 0x1a, /* nexthop: beyond the table; DETAIL is the number of rows. */
    ESPL_REASON_MTU = 0x1b, /* mtu: below 68 or beyond this card's frames; DETAIL is the largest. */
    ESPL_REASON_SELECTOR = 0x1c, /* sel: a prefix is longer than its address, a port range ends before it starts, or words 1..3 of an IPv4 address are not zero. */
    ESPL_REASON_ADDRESS = 0x1d, /* src, dst: unspecified, or words 1..3 of an IPv4 address are not zero. */
    ESPL_REASON_LIFETIME = 0x1e, /* limits: a soft limit is beyond its hard one. */
    ESPL_REASON_TFC = 0x1f, /* tfc: beyond the SA's MTU, or in transport mode (RFC 4303 2.7). */
    ESPL_REASON_CSUM = 0x0f, /* csum_delta: only for an inbound SA in transport mode with encapsulation (RFC 3948 3.1.2). */
    ESPL_REASON_ACTION = 0x20, /* action: not among discard, bypass, protect. */
    ESPL_REASON_POLICY_SA = 0x21, /* sa_slot: beyond the table, or set for an action other than protect; DETAIL is the number of slots. */
    ESPL_REASON_PORTS = 0x22, /* sport, dport: a range ends before it starts. */
    ESPL_REASON_EXACT = 0x23, /* An exact policy has the whole destination mask, no protocol, all ports and a source prefix. */
    ESPL_REASON_VLAN = 0x31, /* vlan: a tag without vlan_set, or VID 4095. */
    ESPL_REASON_MAC = 0x30, /* mac: zero or a group address. */
};

enum espl_map_alg {
    ESPL_ALG_GCM16_128 = 0x01, /* AES-GCM with 16-byte ICV, 128-bit key (RFC 4106). */
    ESPL_ALG_GCM16_256 = 0x02, /* AES-GCM with 16-byte ICV, 256-bit key (RFC 4106). */
    ESPL_ALG_GMAC_128 = 0x03, /* ENCR_NULL with AES-GMAC, 128-bit key (RFC 4543). */
    ESPL_ALG_GMAC_256 = 0x04, /* ENCR_NULL with AES-GMAC, 256-bit key (RFC 4543). */
};

enum espl_map_mode {
    ESPL_MODE_TUNNEL = 0x00, /* Tunnel mode (RFC 4303 3.1.2). */
    ESPL_MODE_TRANSPORT = 0x01, /* Transport mode (RFC 4303 3.1.1). */
};

enum espl_map_family {
    ESPL_FAMILY_IPV4 = 0x00, /* IPv4. */
    ESPL_FAMILY_IPV6 = 0x01, /* IPv6. */
};

enum espl_map_action {
    ESPL_ACTION_DISCARD = 0x00, /* Drop and count. */
    ESPL_ACTION_BYPASS = 0x01, /* Hand to host0 unchanged. */
    ESPL_ACTION_PROTECT = 0x02, /* Encrypt with the SA in sa_slot. */
};

enum espl_map_event {
    ESPL_EVENT_SOFT_PACKETS = 0x01, /* This packet reached the SA's soft limit of packets. */
    ESPL_EVENT_SOFT_BYTES = 0x02, /* This packet reached the SA's soft limit of bytes. */
    ESPL_EVENT_HARD_PACKETS = 0x03, /* A packet was dropped: the SA has had its hard limit of packets. Once an SA. */
    ESPL_EVENT_HARD_BYTES = 0x04, /* A packet was dropped: with it the SA would exceed its hard limit of bytes. Once an SA. */
    ESPL_EVENT_SEQ_NEAR = 0x05, /* The outbound SA has used three quarters of its sequence numbers. */
    ESPL_EVENT_SEQ_END = 0x06, /* A packet was dropped: the outbound SA has no sequence number left. Once an SA. */
    ESPL_EVENT_ACQUIRE = 0x07, /* A packet met a policy that says PROTECT and has no SA. SPI is the policy's serial; rate limited. */
    ESPL_EVENT_NO_SA = 0x08, /* An ESP packet with an SPI that no SA has. Rate limited. */
    ESPL_EVENT_AUTH = 0x09, /* A packet of the SA had a wrong tag. Rate limited. */
    ESPL_EVENT_TABLE_ERROR = 0x0a, /* Parity error. In an SA's row: its key is destroyed; in a policy: it becomes DISCARD. Packets are dropped until the host deletes it. */
};

/* X(code, text): every reason with its sentence */
#define ESPL_REASONS(X) \
    X(ESPL_REASON_OK, "Done.") \
    X(ESPL_REASON_OP, "op: no such operation on this card.") \
    X(ESPL_REASON_INDEX, "index: beyond the table; DETAIL is the number of rows.") \
    X(ESPL_REASON_RESERVED, "A reserved word or bit is not zero; DETAIL is the number of the word.") \
    X(ESPL_REASON_NOT_READY, "The card is still clearing its tables after a reset.") \
    X(ESPL_REASON_EMPTY, "index: the row is not in use.") \
    X(ESPL_REASON_SLOT_BUSY, "spi: the slot holds an SA; DETAIL is its SPI.") \
    X(ESPL_REASON_SLOT_EMPTY, "spi: the slot holds no SA.") \
    X(ESPL_REASON_SPI, "spi: 0 to 255 are reserved (RFC 4303 2.1).") \
    X(ESPL_REASON_SPI_SLOT, "spi: an inbound SPI's low bits are its slot; DETAIL is the number of slots.") \
    X(ESPL_REASON_ALG, "alg: not among this card's algorithms; DETAIL is CAP_ALG.") \
    X(ESPL_REASON_KEY, "key: words 4..7 of a 128-bit key are not zero.") \
    X(ESPL_REASON_MODE, "mode: not among this card's modes; DETAIL is CAP_MODE.") \
    X(ESPL_REASON_FAMILY, "family: an address family this card does not have; DETAIL is CAP_MODE.") \
    X(ESPL_REASON_ENCAP, "encap: a UDP port is zero with encapsulation, or set without.") \
    X(ESPL_REASON_WINDOW, "replay_window: not 0 or a power of two from 64 to DETAIL, or 0 with extended sequence numbers (RFC 4303 3.3.3).") \
    X(ESPL_REASON_NEXTHOP, "nexthop: beyond the table; DETAIL is the number of rows.") \
    X(ESPL_REASON_MTU, "mtu: below 68 or beyond this card's frames; DETAIL is the largest.") \
    X(ESPL_REASON_SELECTOR, "sel: a prefix is longer than its address, a port range ends before it starts, or words 1..3 of an IPv4 address are not zero.") \
    X(ESPL_REASON_ADDRESS, "src, dst: unspecified, or words 1..3 of an IPv4 address are not zero.") \
    X(ESPL_REASON_LIFETIME, "limits: a soft limit is beyond its hard one.") \
    X(ESPL_REASON_TFC, "tfc: beyond the SA's MTU, or in transport mode (RFC 4303 2.7).") \
    X(ESPL_REASON_CSUM, "csum_delta: only for an inbound SA in transport mode with encapsulation (RFC 3948 3.1.2).") \
    X(ESPL_REASON_ACTION, "action: not among discard, bypass, protect.") \
    X(ESPL_REASON_POLICY_SA, "sa_slot: beyond the table, or set for an action other than protect; DETAIL is the number of slots.") \
    X(ESPL_REASON_PORTS, "sport, dport: a range ends before it starts.") \
    X(ESPL_REASON_EXACT, "An exact policy has the whole destination mask, no protocol, all ports and a source prefix.") \
    X(ESPL_REASON_VLAN, "vlan: a tag without vlan_set, or VID 4095.") \
    X(ESPL_REASON_MAC, "mac: zero or a group address.")

/* Counters: index; a counter is 64 bits at ESPL_REG_COUNTERS + 8 * index, low word first */
#define ESPL_REG_COUNTERS                           0x400u
enum espl_map_counter {
    ESPL_CNT_PLAIN_RX_FRAMES = 0,
    ESPL_CNT_PLAIN_RX_BYTES = 1,
    ESPL_CNT_PLAIN_TX_FRAMES = 2,
    ESPL_CNT_PLAIN_TX_BYTES = 3,
    ESPL_CNT_CIPHER_RX_FRAMES = 4,
    ESPL_CNT_CIPHER_RX_BYTES = 5,
    ESPL_CNT_CIPHER_TX_FRAMES = 6,
    ESPL_CNT_CIPHER_TX_BYTES = 7,
    ESPL_CNT_HOST0_RX_FRAMES = 8,
    ESPL_CNT_HOST0_RX_BYTES = 9,
    ESPL_CNT_HOST0_TX_FRAMES = 10,
    ESPL_CNT_HOST0_TX_BYTES = 11,
    ESPL_CNT_HOST1_RX_FRAMES = 12,
    ESPL_CNT_HOST1_RX_BYTES = 13,
    ESPL_CNT_HOST1_TX_FRAMES = 14,
    ESPL_CNT_HOST1_TX_BYTES = 15,
    ESPL_CNT_PLAIN_DROP_ERROR = 16,
    ESPL_CNT_PLAIN_DROP_RUNT = 17,
    ESPL_CNT_PLAIN_DROP_OVERSIZE = 18,
    ESPL_CNT_CIPHER_DROP_ERROR = 19,
    ESPL_CNT_CIPHER_DROP_RUNT = 20,
    ESPL_CNT_CIPHER_DROP_OVERSIZE = 21,
    ESPL_CNT_HOST0_DROP_ERROR = 22,
    ESPL_CNT_HOST0_DROP_RUNT = 23,
    ESPL_CNT_HOST0_DROP_OVERSIZE = 24,
    ESPL_CNT_HOST1_DROP_ERROR = 25,
    ESPL_CNT_HOST1_DROP_RUNT = 26,
    ESPL_CNT_HOST1_DROP_OVERSIZE = 27,
    ESPL_CNT_HOST0_DROP_FULL = 28,
    ESPL_CNT_HOST1_DROP_FULL = 29,
    ESPL_CNT_OUT_ENCRYPTED = 32,
    ESPL_CNT_OUT_ENCRYPTED_BYTES = 33,
    ESPL_CNT_OUT_HOST_MAC = 34,
    ESPL_CNT_OUT_HOST_NOT_IP = 35,
    ESPL_CNT_OUT_HOST_NO_POLICY = 36,
    ESPL_CNT_OUT_HOST_BYPASS = 37,
    ESPL_CNT_OUT_HOST_FRAGMENT = 38,
    ESPL_CNT_OUT_HOST_OPTIONS = 39,
    ESPL_CNT_OUT_HOST_TTL = 40,
    ESPL_CNT_OUT_HOST_MTU = 41,
    ESPL_CNT_OUT_DROP_DISCARD = 42,
    ESPL_CNT_OUT_DROP_BAD_HEADER = 43,
    ESPL_CNT_OUT_DROP_NO_SA = 44,
    ESPL_CNT_OUT_DROP_NO_NEXTHOP = 45,
    ESPL_CNT_OUT_DROP_SEQ_END = 46,
    ESPL_CNT_OUT_DROP_LOOP = 47,
    ESPL_CNT_OUT_DROP_LIFETIME = 48,
    ESPL_CNT_OUT_TABLE_ERRORS = 49,
    ESPL_CNT_IN_DECRYPTED = 64,
    ESPL_CNT_IN_DECRYPTED_BYTES = 65,
    ESPL_CNT_IN_HOST_MAC = 66,
    ESPL_CNT_IN_HOST_NOT_ESP = 67,
    ESPL_CNT_IN_HOST_FRAGMENT = 68,
    ESPL_CNT_IN_HOST_OPTIONS = 69,
    ESPL_CNT_IN_HOST_IKE = 70,
    ESPL_CNT_IN_DROP_KEEPALIVE = 71,
    ESPL_CNT_IN_DROP_NO_SA = 72,
    ESPL_CNT_IN_DROP_MALFORMED = 73,
    ESPL_CNT_IN_DROP_AUTH = 74,
    ESPL_CNT_IN_DROP_REPLAY = 75,
    ESPL_CNT_IN_DROP_PADDING = 76,
    ESPL_CNT_IN_DROP_SELECTOR = 77,
    ESPL_CNT_IN_DROP_INNER = 78,
    ESPL_CNT_IN_DROP_LOOP = 79,
    ESPL_CNT_IN_INNER_HOST_ROUTE = 80,
    ESPL_CNT_IN_INNER_HOST_TTL = 81,
    ESPL_CNT_IN_DROP_LIFETIME = 82,
    ESPL_CNT_IN_DROP_DUMMY = 83,
    ESPL_CNT_IN_TABLE_ERRORS = 84,
    ESPL_CNT_IN_LATE_64 = 85,
    ESPL_CNT_IN_LATE_256 = 86,
    ESPL_CNT_IN_LATE_1024 = 87,
    ESPL_CNT_IN_LATE_4096 = 88,
    ESPL_CNT_IN_LATE_MORE = 89,
    ESPL_CNT_IN_HOST_SPI = 90,
};
#define ESPL_CNT_SPAN                               91

/* X(index, name): every counter with the name users see */
#define ESPL_COUNTERS(X) \
    X(ESPL_CNT_PLAIN_RX_FRAMES, "plain_rx_frames") \
    X(ESPL_CNT_PLAIN_RX_BYTES, "plain_rx_bytes") \
    X(ESPL_CNT_PLAIN_TX_FRAMES, "plain_tx_frames") \
    X(ESPL_CNT_PLAIN_TX_BYTES, "plain_tx_bytes") \
    X(ESPL_CNT_CIPHER_RX_FRAMES, "cipher_rx_frames") \
    X(ESPL_CNT_CIPHER_RX_BYTES, "cipher_rx_bytes") \
    X(ESPL_CNT_CIPHER_TX_FRAMES, "cipher_tx_frames") \
    X(ESPL_CNT_CIPHER_TX_BYTES, "cipher_tx_bytes") \
    X(ESPL_CNT_HOST0_RX_FRAMES, "host0_rx_frames") \
    X(ESPL_CNT_HOST0_RX_BYTES, "host0_rx_bytes") \
    X(ESPL_CNT_HOST0_TX_FRAMES, "host0_tx_frames") \
    X(ESPL_CNT_HOST0_TX_BYTES, "host0_tx_bytes") \
    X(ESPL_CNT_HOST1_RX_FRAMES, "host1_rx_frames") \
    X(ESPL_CNT_HOST1_RX_BYTES, "host1_rx_bytes") \
    X(ESPL_CNT_HOST1_TX_FRAMES, "host1_tx_frames") \
    X(ESPL_CNT_HOST1_TX_BYTES, "host1_tx_bytes") \
    X(ESPL_CNT_PLAIN_DROP_ERROR, "plain_drop_error") \
    X(ESPL_CNT_PLAIN_DROP_RUNT, "plain_drop_runt") \
    X(ESPL_CNT_PLAIN_DROP_OVERSIZE, "plain_drop_oversize") \
    X(ESPL_CNT_CIPHER_DROP_ERROR, "cipher_drop_error") \
    X(ESPL_CNT_CIPHER_DROP_RUNT, "cipher_drop_runt") \
    X(ESPL_CNT_CIPHER_DROP_OVERSIZE, "cipher_drop_oversize") \
    X(ESPL_CNT_HOST0_DROP_ERROR, "host0_drop_error") \
    X(ESPL_CNT_HOST0_DROP_RUNT, "host0_drop_runt") \
    X(ESPL_CNT_HOST0_DROP_OVERSIZE, "host0_drop_oversize") \
    X(ESPL_CNT_HOST1_DROP_ERROR, "host1_drop_error") \
    X(ESPL_CNT_HOST1_DROP_RUNT, "host1_drop_runt") \
    X(ESPL_CNT_HOST1_DROP_OVERSIZE, "host1_drop_oversize") \
    X(ESPL_CNT_HOST0_DROP_FULL, "host0_drop_full") \
    X(ESPL_CNT_HOST1_DROP_FULL, "host1_drop_full") \
    X(ESPL_CNT_OUT_ENCRYPTED, "out_encrypted") \
    X(ESPL_CNT_OUT_ENCRYPTED_BYTES, "out_encrypted_bytes") \
    X(ESPL_CNT_OUT_HOST_MAC, "out_host_mac") \
    X(ESPL_CNT_OUT_HOST_NOT_IP, "out_host_not_ip") \
    X(ESPL_CNT_OUT_HOST_NO_POLICY, "out_host_no_policy") \
    X(ESPL_CNT_OUT_HOST_BYPASS, "out_host_bypass") \
    X(ESPL_CNT_OUT_HOST_FRAGMENT, "out_host_fragment") \
    X(ESPL_CNT_OUT_HOST_OPTIONS, "out_host_options") \
    X(ESPL_CNT_OUT_HOST_TTL, "out_host_ttl") \
    X(ESPL_CNT_OUT_HOST_MTU, "out_host_mtu") \
    X(ESPL_CNT_OUT_DROP_DISCARD, "out_drop_discard") \
    X(ESPL_CNT_OUT_DROP_BAD_HEADER, "out_drop_bad_header") \
    X(ESPL_CNT_OUT_DROP_NO_SA, "out_drop_no_sa") \
    X(ESPL_CNT_OUT_DROP_NO_NEXTHOP, "out_drop_no_nexthop") \
    X(ESPL_CNT_OUT_DROP_SEQ_END, "out_drop_seq_end") \
    X(ESPL_CNT_OUT_DROP_LOOP, "out_drop_loop") \
    X(ESPL_CNT_OUT_DROP_LIFETIME, "out_drop_lifetime") \
    X(ESPL_CNT_OUT_TABLE_ERRORS, "out_table_errors") \
    X(ESPL_CNT_IN_DECRYPTED, "in_decrypted") \
    X(ESPL_CNT_IN_DECRYPTED_BYTES, "in_decrypted_bytes") \
    X(ESPL_CNT_IN_HOST_MAC, "in_host_mac") \
    X(ESPL_CNT_IN_HOST_NOT_ESP, "in_host_not_esp") \
    X(ESPL_CNT_IN_HOST_FRAGMENT, "in_host_fragment") \
    X(ESPL_CNT_IN_HOST_OPTIONS, "in_host_options") \
    X(ESPL_CNT_IN_HOST_IKE, "in_host_ike") \
    X(ESPL_CNT_IN_DROP_KEEPALIVE, "in_drop_keepalive") \
    X(ESPL_CNT_IN_DROP_NO_SA, "in_drop_no_sa") \
    X(ESPL_CNT_IN_DROP_MALFORMED, "in_drop_malformed") \
    X(ESPL_CNT_IN_DROP_AUTH, "in_drop_auth") \
    X(ESPL_CNT_IN_DROP_REPLAY, "in_drop_replay") \
    X(ESPL_CNT_IN_DROP_PADDING, "in_drop_padding") \
    X(ESPL_CNT_IN_DROP_SELECTOR, "in_drop_selector") \
    X(ESPL_CNT_IN_DROP_INNER, "in_drop_inner") \
    X(ESPL_CNT_IN_DROP_LOOP, "in_drop_loop") \
    X(ESPL_CNT_IN_INNER_HOST_ROUTE, "in_inner_host_route") \
    X(ESPL_CNT_IN_INNER_HOST_TTL, "in_inner_host_ttl") \
    X(ESPL_CNT_IN_DROP_LIFETIME, "in_drop_lifetime") \
    X(ESPL_CNT_IN_DROP_DUMMY, "in_drop_dummy") \
    X(ESPL_CNT_IN_TABLE_ERRORS, "in_table_errors") \
    X(ESPL_CNT_IN_LATE_64, "in_late_64") \
    X(ESPL_CNT_IN_LATE_256, "in_late_256") \
    X(ESPL_CNT_IN_LATE_1024, "in_late_1024") \
    X(ESPL_CNT_IN_LATE_4096, "in_late_4096") \
    X(ESPL_CNT_IN_LATE_MORE, "in_late_more") \
    X(ESPL_CNT_IN_HOST_SPI, "in_host_spi")

#endif
