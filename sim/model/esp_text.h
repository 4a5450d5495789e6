/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle's middle: ESP from its SPI to its ICV (RFC 4303 2), for AES-GCM (RFC 4106) and for
 * ENCR_NULL with AES-GMAC (RFC 4543).
 */
#ifndef SIM_MODEL_ESP_TEXT_H
#define SIM_MODEL_ESP_TEXT_H

#include "sim/model/esp_model.h"

#define ESP_TEXT_HEADER 16u /* SPI, sequence number, and the IV (RFC 4106 3.1) */

/* Writes header, text and ICV at esp: ESP_TEXT_HEADER + len + ESP_MODEL_TAG bytes. False: OpenSSL
 * refused. */
bool esp_text_seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                   uint8_t *esp);
/* text gets the len bytes of text behind the header at esp. False: the ICV is wrong. */
bool esp_text_open(const struct esp_model_sa *sa, const uint8_t *esp, size_t len, uint8_t *text);

#endif
