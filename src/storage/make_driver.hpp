// make_driver: from configuration to a Driver: the only switch over driver names.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "storage/azure/azure_driver.hpp"
#include "storage/driver.hpp"
#include "storage/local_driver.hpp"
#include "storage/s3/credentials/default_chain.hpp"
#include "storage/s3/s3_driver.hpp"
#include "storage/s3/signing_method.hpp"

#include <memory>
#include <string>

namespace vc::storage {

struct StorageConfig {
  std::string driver = "local";  // VC_STORAGE_DRIVER
  LocalOptions local;
  S3Options s3;
  CredentialsOptions s3_credentials;
  S3Options gcs;
  Credentials gcs_credentials;  // An account or an HMAC key, as `gcs_signing` needs it.
  std::shared_ptr<const SigningMethod> gcs_signing;
  AzureOptions azure;
};

// `clock` and `log` must outlive the driver. Errc::invalid for a name that is not known.
Result<std::unique_ptr<Driver>> make_driver(const StorageConfig& config, const Clock& clock,
                                            Log& log);

}  // namespace vc::storage
