/*
 * mtls/policy/codepoint.h - foreign text taken apart into characters that are safe to show.
 *
 * May include: libc only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_CODEPOINT_H
#define MTLS_POLICY_CODEPOINT_H

#include <stddef.h>
#include <stdint.h>

/** Stands for whatever cannot be shown. */
#define MTLS_CODEPOINT_REPLACEMENT 0xfffdu
/** Most octets of one character in UTF-8. */
#define MTLS_CODEPOINT_MAX_UTF8 4

/**
 * Read the next character of UTF-8 (RFC 3629).
 *
 * Each octet that begins no whole character is one replacement character; so is every control
 * character and every mark that changes the direction of the text around it, because a page or a
 * log reader would obey it.
 *
 * @param cursor  at a NUL-terminated text, not at its end; moved by at least one octet
 */
uint32_t mtls_codepoint_next(const char **cursor);

/** Write a character as UTF-8.  @return number of octets, 1 to MTLS_CODEPOINT_MAX_UTF8, no NUL. */
size_t mtls_codepoint_write(char *out, uint32_t codepoint);

#endif /* MTLS_POLICY_CODEPOINT_H */
