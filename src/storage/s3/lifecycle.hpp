// Lifecycle: what a bucket's lifecycle rules mean for artifacts.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace vc::storage {

// `xml` is the answer to GetBucketLifecycleConfiguration of S3. The soonest expiration of any
// enabled rule that covers all objects whose names begin with `prefix`; nullopt without one.
// Errc::corrupt for anything but a LifecycleConfiguration.
Result<std::optional<std::chrono::days>> expiration_of(std::string_view xml,
                                                       std::string_view prefix);

}  // namespace vc::storage
