// The start-up probe: finds out what a store does with the requests that tickets will make.
//
// Writes a few tiny objects below `<prefix>.probe/`, a place no key can name, through presigned
// URLs with exactly a ticket's headers, and removes them again where it may.
#pragma once

#include "core/clock.hpp"
#include "storage/s3/s3_client.hpp"
#include "storage/store_traits.hpp"

#include <stop_token>
#include <string>

namespace vc::storage {

inline constexpr std::string_view kProbeFolder = ".probe/";

enum class MissingBucket { create, refuse };

struct ProbeOptions {
  std::string prefix;  // Of every object's name.
  ConditionPolicy policy = ConditionPolicy::require;
  MissingBucket missing_bucket = MissingBucket::refuse;
  std::string location;  // LocationConstraint of a bucket that is made; "" for none.
};

// Blocks for a few dozen round trips. An Error when the store cannot be asked, or cannot be worked
// with at all: the bucket is missing, what is absent is answered with 403, metadata is lost.
Result<StoreTraits> probe_store(const S3Client& client, const ProbeOptions& options,
                                const Clock& clock, std::stop_token stop);

}  // namespace vc::storage
