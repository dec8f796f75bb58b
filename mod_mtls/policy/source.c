/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/source.h"

const char *mtls_source_word(mtls_source_kind_t kind)
{
    switch (kind) {
    case MTLS_SOURCE_USER:
        return "user";
    case MTLS_SOURCE_MAP:
        return "map";
    case MTLS_SOURCE_DBM:
        return "dbm";
    case MTLS_SOURCE_SQL:
        break;
    }
    return "sql";
}
