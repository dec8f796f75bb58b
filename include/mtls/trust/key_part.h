/*
 * mtls/trust/key_part.h - key files as parts of a generation.
 *
 * Who may read such a file can forge what it seals, so rights that others have on it stop the start:
 * its owner and its group may read it, its owner may write it.  httpd's children load it again when it
 * changes, without root's rights: 0640 with the group of httpd's User is what works.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_KEY_PART_H
#define MTLS_TRUST_KEY_PART_H

#include "mtls/trust/generation.h"
#include "mtls/trust/keys.h"
#include "mtls/trust/part.h"

/** Largest key file, in octets. */
#define MTLS_KEY_FILE_MAX (16 * 1024)

/** Parts whose spec is a mtls_named_file_t and whose thing is a mtls_keys_t in secret memory of its pool. */
extern const mtls_part_kind_t mtls_key_part_kind;

/** @return the keys in @a slot, which must hold some, borrowed. */
const mtls_keys_t *mtls_generation_keys(const mtls_generation_t *generation, int slot);

#endif /* MTLS_TRUST_KEY_PART_H */
