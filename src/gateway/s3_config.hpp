// The part of the configuration that is about S3: VC_S3_* and the AWS_* that every S3 client knows.
#pragma once

#include "core/env.hpp"
#include "core/options.hpp"
#include "core/result.hpp"
#include "storage/make_driver.hpp"

#include <string_view>

namespace vc::gateway {

// Errc::invalid without a bucket, or when nothing says where credentials come from. Reads the files
// of profiles.
Result<void> load_s3_config(const OptionValues& values, const Environment& environment,
                            storage::StorageConfig& config);

// Of a word that the table of options allows for VC_S3_CONDITIONAL.
storage::ConditionPolicy condition_policy(std::string_view word);

}  // namespace vc::gateway
