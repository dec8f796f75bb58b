/* SPDX-License-Identifier: Apache-2.0 */
#include "weight.h"

int mtls_weight_parse(const char *text, size_t len)
{
    static const int worth[] = {100, 10, 1};
    int q;
    size_t i;

    if (len == 0 || len > 5 || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.')) {
        return -1;
    }
    q = (text[0] - '0') * MTLS_WEIGHT_FULL;
    for (i = 2; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        q += (text[i] - '0') * worth[i - 2];
    }
    return q <= MTLS_WEIGHT_FULL ? q : -1;
}
