// StoreDialect: what Amazon and Google call differently, in requests that are otherwise the same.
//
// Everything that knows which of the two a store is, is a value here; the driver, its probe and its
// spool ask for the value.
#pragma once

#include "storage/s3/signing_method.hpp"

#include <string_view>

namespace vc::storage {

struct StoreDialect {
  // Remedies, in the words of whoever configured the store.
  struct Hints {
    std::string_view no_bucket;
    std::string_view wrong_signature;
    std::string_view unknown_key;
    std::string_view list_permission;  // Without it what is absent is answered with 403.
    std::string_view conditional;      // The option that holds the ConditionPolicy.
  };

  std::string_view driver;  // VC_STORAGE_DRIVER
  SignatureScheme scheme;
  std::string_view region;  // The only one that is signed for; "" signs for the bucket's.
  std::string_view url;     // Without an endpoint; "" is AWS, whose URL depends on the region.

  // The header that lets a PUT create and never replace.
  std::string_view condition_header;
  std::string_view condition_value;

  std::string_view vcmeta_header;
  std::string_view sha256_header;      // Of the body, in base64; "" where there is none.
  std::string_view expiration_header;  // When lifecycle rules take an object; "" where none says.

  bool has_s3_lifecycle = true;  // GetBucketLifecycleConfiguration as S3 has it.

  Hints hints;
};

inline constexpr StoreDialect kS3Dialect{
    .driver = "s3",
    .scheme = kAws4,
    .region = "",
    .url = "",
    .condition_header = "If-None-Match",
    .condition_value = "*",
    .vcmeta_header = "x-amz-meta-vcmeta",
    .sha256_header = "x-amz-checksum-sha256",
    .expiration_header = "x-amz-expiration",
    .hints = {
        .no_bucket = "make the bucket, or set VC_S3_CREATE_BUCKET=true",
        .wrong_signature =
            "check AWS_SECRET_ACCESS_KEY, and that nothing on the way changes the Host header",
        .unknown_key = "check AWS_ACCESS_KEY_ID and VC_S3_ENDPOINT",
        .list_permission = "s3:ListBucket",
        .conditional = "VC_S3_CONDITIONAL"}};

}  // namespace vc::storage
