// The part of the configuration that is about Google Cloud Storage: VC_GCS_* and
// GOOGLE_APPLICATION_CREDENTIALS, which every client of Google's knows.
#pragma once

#include "core/env.hpp"
#include "core/options.hpp"
#include "core/result.hpp"
#include "storage/make_driver.hpp"

namespace vc::gateway {

// Reads the service account's key file. Errc::invalid without a bucket or without something to sign
// with; no error repeats a secret.
Result<void> load_gcs_config(const OptionValues& values, const Environment& environment,
                             storage::StorageConfig& config);

}  // namespace vc::gateway
