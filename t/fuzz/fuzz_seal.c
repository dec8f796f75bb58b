/*
 * t/fuzz/fuzz_seal.c - any octets as a sealed value and as data to seal: what opens is what is
 * sealed again to the same octets.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/trust/seal.h"

static const unsigned char id[MTLS_SHA256_LEN] = "id";

static const mtls_keys_t *known_keys(void)
{
    static mtls_keys_t keys;

    if (keys.count == 0) {
        keys.list[0].octets[0] = 'k';
        must(mtls_key_identify(&keys.list[0]));
        keys.count = 1;
    }
    return &keys;
}

static mtls_bytes_t seal(const mtls_sealed_t *value)
{
    apr_size_t len = value->data.len + MTLS_SEAL_OVERHEAD;
    unsigned char *out = malloc(len);

    must(out != NULL && mtls_seal_write(out, &len, known_keys(), value));
    return (mtls_bytes_t){out, len};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t in = {data, size};
    mtls_sealed_t value = {.id = id};
    mtls_sealed_t back = {.id = id};
    mtls_bytes_t sealed;

    if (mtls_seal_read(&value, known_keys(), in, 0) == MTLS_SEAL_GOOD) {
        sealed = seal(&value);
        must(mtls_bytes_equal(sealed, in));
        free((void *)sealed.data);
    }
    value.data = in;
    value.expires = 1;
    sealed = seal(&value);
    must(mtls_seal_read(&back, known_keys(), sealed, 0) == MTLS_SEAL_GOOD);
    must(size == 0 || mtls_bytes_equal(back.data, in));
    free((void *)sealed.data);
    return 0;
}
