/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of IKEv2 as IANA lists them (RFC 7296 3, RFC 5282, RFC 4868, RFC 5903, RFC 8031). */
#ifndef CTRL_WIRE_IKE_H
#define CTRL_WIRE_IKE_H

#define IKE_HEADER_LEN 28u
#define IKE_PAYLOAD_HEADER_LEN 4u
#define IKE_VERSION 0x20u     /* major 2, minor 0 */
#define IKE_MESSAGE_MAX 8192u /* longest message taken or sent */
#define IKE_NONCE_MIN 16u     /* RFC 7296 2.10 */
#define IKE_NONCE_MAX 256u
#define IKE_COOKIE_MAX 64u /* RFC 7296 2.6 */

enum ike_flag { IKE_FLAG_INITIATOR = 0x08, IKE_FLAG_VERSION = 0x10, IKE_FLAG_RESPONSE = 0x20 };

enum ike_exchange {
    IKE_SA_INIT = 34,
    IKE_AUTH = 35,
    CREATE_CHILD_SA = 36,
    INFORMATIONAL = 37,
};

enum payload_type {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 33,
    PAYLOAD_KE = 34,
    PAYLOAD_IDI = 35,
    PAYLOAD_IDR = 36,
    PAYLOAD_CERT = 37,
    PAYLOAD_CERTREQ = 38,
    PAYLOAD_AUTH = 39,
    PAYLOAD_NONCE = 40,
    PAYLOAD_NOTIFY = 41,
    PAYLOAD_DELETE = 42,
    PAYLOAD_VENDOR = 43,
    PAYLOAD_TSI = 44,
    PAYLOAD_TSR = 45,
    PAYLOAD_SK = 46,
    PAYLOAD_CP = 47,
    PAYLOAD_EAP = 48,
};

enum protocol { PROTO_NONE = 0, PROTO_IKE = 1, PROTO_AH = 2, PROTO_ESP = 3 };

enum transform_type {
    TRANSFORM_ENCR = 1,
    TRANSFORM_PRF = 2,
    TRANSFORM_INTEG = 3,
    TRANSFORM_KE = 4,
    TRANSFORM_ESN = 5,
};

enum { ENCR_AES_CBC = 12, ENCR_AES_GCM_16 = 20 };
enum { PRF_HMAC_SHA2_256 = 5, PRF_HMAC_SHA2_384 = 6, PRF_HMAC_SHA2_512 = 7 };
enum {
    AUTH_HMAC_SHA2_256_128 = 12,
    AUTH_HMAC_SHA2_384_192 = 13,
    AUTH_HMAC_SHA2_512_256 = 14,
};
enum {
    KE_NONE = 0,
    KE_MODP2048 = 14,
    KE_ECP256 = 19,
    KE_ECP384 = 20,
    KE_ECP521 = 21,
    KE_X25519 = 31
};

enum auth_method { AUTH_METHOD_PSK = 2 };

enum id_type {
    ID_IPV4_ADDR = 1,
    ID_FQDN = 2,
    ID_RFC822_ADDR = 3,
    ID_IPV6_ADDR = 5,
    ID_DER_ASN1_DN = 9,
    ID_KEY_ID = 11,
};

enum ts_type { TS_IPV4_ADDR_RANGE = 7, TS_IPV6_ADDR_RANGE = 8 };

enum notify_type {
    NOTIFY_NONE = 0,
    UNSUPPORTED_CRITICAL_PAYLOAD = 1,
    INVALID_IKE_SPI = 4,
    INVALID_MAJOR_VERSION = 5,
    INVALID_SYNTAX = 7,
    INVALID_MESSAGE_ID = 9,
    INVALID_SPI = 11,
    NO_PROPOSAL_CHOSEN = 14,
    INVALID_KE_PAYLOAD = 17,
    AUTHENTICATION_FAILED = 24,
    NO_ADDITIONAL_SAS = 35,
    TS_UNACCEPTABLE = 38,
    INVALID_SELECTORS = 39,
    TEMPORARY_FAILURE = 43,
    CHILD_SA_NOT_FOUND = 44,
    NOTIFY_FIRST_STATUS = 16384, /* below: errors (RFC 7296 3.10.1) */
    INITIAL_CONTACT = 16384,
    NAT_DETECTION_SOURCE_IP = 16388,
    NAT_DETECTION_DESTINATION_IP = 16389,
    COOKIE = 16390,
    USE_TRANSPORT_MODE = 16391,
    REKEY_SA = 16393,
};

const char *ike_exchange_name(unsigned exchange);
const char *
notify_name(unsigned type); /* "NO_PROPOSAL_CHOSEN"; "notify" for what has no name here */

#endif
