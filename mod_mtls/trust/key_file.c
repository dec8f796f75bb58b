/* mod_mtls/trust/key_file.c - the text of a key file; see mtls/trust/keys.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "mtls/trust/keys.h"
#include "mtls/trust/lines.h"

enum {
    HEX_LEN = 2 * MTLS_KEY_LEN,
    BASE64_LEN = 4 * ((MTLS_KEY_LEN + 2) / 3),
    /* EVP_DecodeBlock() writes an octet for each padding character too */
    DECODED_LEN = 3 * BASE64_LEN / 4
};

/* What is being read. */
typedef struct {
    mtls_keys_t *keys;
    int lines[MTLS_KEYS_MAX]; /* where each key stands */
    const mtls_named_file_t *file;
    mtls_faults_t *faults;
    mtls_lines_t text;
    int found; /* lines that are meant to be a key, good or not */
} reading_t;

static mtls_origin_t here(const reading_t *reading)
{
    return (mtls_origin_t){.file = reading->file->path, .line = reading->text.number};
}

static bool read_hex(unsigned char *out, mtls_bytes_t word)
{
    char digits[HEX_LEN + 1];
    size_t len = 0;
    bool good;

    memcpy(digits, word.data, HEX_LEN);
    digits[HEX_LEN] = '\0';
    good = OPENSSL_hexstr2buf_ex(out, MTLS_KEY_LEN, &len, digits, '\0') == 1 && len == MTLS_KEY_LEN;
    OPENSSL_cleanse(digits, sizeof(digits));
    return good;
}

/* What is written back the same was written as it should be: OpenSSL's decoder forgives a lot. */
static bool read_base64(unsigned char *out, mtls_bytes_t word)
{
    unsigned char octets[DECODED_LEN];
    unsigned char again[BASE64_LEN + 1];
    bool good = EVP_DecodeBlock(octets, word.data, BASE64_LEN) == DECODED_LEN &&
                EVP_EncodeBlock(again, octets, MTLS_KEY_LEN) == BASE64_LEN &&
                CRYPTO_memcmp(again, word.data, BASE64_LEN) == 0;

    if (good)
        memcpy(out, octets, MTLS_KEY_LEN);
    OPENSSL_cleanse(octets, sizeof(octets));
    OPENSSL_cleanse(again, sizeof(again));
    return good;
}

static bool read_notation(unsigned char *out, mtls_bytes_t word)
{
    return word.len == HEX_LEN ? read_hex(out, word) : read_base64(out, word);
}

static const char *wrong_length(apr_size_t len)
{
    if (len < BASE64_LEN)
        return "too short";
    return len > HEX_LEN ? "too long" : "neither of the two";
}

static bool is_zero(const unsigned char *octets)
{
    static const unsigned char zero[MTLS_KEY_LEN];

    return CRYPTO_memcmp(octets, zero, MTLS_KEY_LEN) == 0;
}

/* @return the line on which the same key stands, or 0. */
static int line_of(const reading_t *reading, const mtls_key_t *key)
{
    int i;

    for (i = 0; i < reading->keys->count; i++) {
        if (CRYPTO_memcmp(reading->keys->list[i].octets, key->octets, MTLS_KEY_LEN) == 0)
            return reading->lines[i];
    }
    return 0;
}

static void take_key(reading_t *reading, const mtls_key_t *key)
{
    const char *directive = reading->file->directive;
    int other = line_of(reading, key);

    if (is_zero(key->octets))
        mtls_faults_add(reading->faults, here(reading),
                        "%s: a key of zeros is none; make one with "
                        "'openssl rand -hex 32'",
                        directive);
    else if (other != 0)
        mtls_faults_add(reading->faults, here(reading),
                        "%s: the key of line %d again; take one out", directive, other);
    else {
        reading->lines[reading->keys->count] = reading->text.number;
        reading->keys->list[reading->keys->count++] = *key;
    }
}

/* @return false when there are too many to go on. */
static bool take_word(reading_t *reading, mtls_bytes_t word)
{
    mtls_key_t key = {0};

    if (++reading->found > MTLS_KEYS_MAX) {
        mtls_faults_add(reading->faults, here(reading), "%s: more than %d keys; take old ones out",
                        reading->file->directive, MTLS_KEYS_MAX);
        return false;
    }
    if ((word.len != HEX_LEN && word.len != BASE64_LEN) || !read_notation(key.octets, word))
        mtls_faults_add(
            reading->faults, here(reading),
            "%s: this is %s; a key is %d hexadecimal digits, or %d characters of base64 "
            "with its padding",
            reading->file->directive, wrong_length(word.len), HEX_LEN, BASE64_LEN);
    else if (!mtls_key_identify(&key))
        mtls_faults_add(reading->faults, here(reading), "%s: no memory", reading->file->directive);
    else
        take_key(reading, &key);
    OPENSSL_cleanse(&key, sizeof(key));
    return true;
}

apr_status_t mtls_keys_read(mtls_keys_t *out, mtls_bytes_t text, const mtls_named_file_t *file,
                            mtls_faults_t *faults)
{
    reading_t reading = {.keys = out, .file = file, .faults = faults, .text = {.rest = text}};
    int before = mtls_faults_error_count(faults);
    mtls_bytes_t word;

    memset(out, 0, sizeof(*out));
    while (mtls_lines_next(&word, &reading.text) && take_word(&reading, word))
        ;
    if (reading.found == 0)
        mtls_faults_add(faults, (mtls_origin_t){.file = file->path},
                        "%s: there is no key in it; add a line made with 'openssl rand -hex 32'",
                        file->directive);
    if (mtls_faults_error_count(faults) == before)
        return APR_SUCCESS;
    mtls_keys_wipe(out);
    return APR_EGENERAL;
}
