// kGcsDialect: Google Cloud Storage through its XML API, signed with Google's V4.
//
// `If-None-Match` does not guard writes there; a generation of 0, "no such object", does.
// `x-goog-` and `x-amz-` headers may not meet in one request.
#pragma once

#include "storage/s3/store_dialect.hpp"

namespace vc::storage {

inline constexpr StoreDialect kGcsDialect{
    .driver = "gcs",
    .scheme = kGoog4,
    .region = "auto",
    .url = "https://storage.googleapis.com",
    .condition_header = "x-goog-if-generation-match",
    .condition_value = "0",
    .vcmeta_header = "x-goog-meta-vcmeta",
    .sha256_header = "",
    .expiration_header = "",
    .has_s3_lifecycle = false,
    .hints = {.no_bucket = "make the bucket and name it in VC_GCS_BUCKET; this gateway makes none "
                           "on Google Cloud Storage",
              .wrong_signature =
                  "check that the key of GOOGLE_APPLICATION_CREDENTIALS or VC_GCS_HMAC_SECRET is "
                  "still valid, and that nothing on the way changes the Host header",
              .unknown_key = "check client_email in GOOGLE_APPLICATION_CREDENTIALS, or "
                             "VC_GCS_HMAC_ID, and VC_GCS_ENDPOINT",
              .list_permission = "storage.objects.list",
              .conditional = "VC_GCS_CONDITIONAL"}};

}  // namespace vc::storage
