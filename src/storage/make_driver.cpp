#include "storage/make_driver.hpp"

#include "storage/memory_driver.hpp"

namespace vc::storage {

namespace {

// Idle ones that are kept: as many as lookups and transfers can use at once without reconnecting.
constexpr std::size_t kStoreConnectionsMax = 64;

}  // namespace

Result<std::unique_ptr<Driver>> make_driver(const StorageConfig& config, const Clock& clock,
                                            Log& log) {
  if (config.driver == "local") {
    VC_TRY(auto driver, LocalDriver::create(config.local, clock, log));
    return driver;
  }
  if (config.driver == "memory") {
    return std::make_unique<MemoryDriver>(clock);
  }
  if (config.driver == "s3") {
    VC_TRY(auto driver,
           S3Driver::create(
               config.s3,
               {.http = net::make_http_client({.idle_connections_max = kStoreConnectionsMax,
                                               .ca_file = config.s3_credentials.ca_file}),
                .credentials = make_credentials(config.s3_credentials, clock, log)},
               clock, log));
    return driver;
  }
  if (config.driver == "gcs") {
    VC_TRY(auto driver,
           S3Driver::create(
               config.gcs,
               {.http = net::make_http_client({.idle_connections_max = kStoreConnectionsMax}),
                .credentials = std::make_unique<StaticCredentials>(config.gcs_credentials),
                .signing = config.gcs_signing},
               clock, log));
    return driver;
  }
  if (config.driver == "azure") {
    VC_TRY(auto driver,
           AzureDriver::create(
               config.azure, net::make_http_client({.idle_connections_max = kStoreConnectionsMax}),
               clock, log));
    return driver;
  }
  return fail(Errc::invalid, "unknown storage driver '" + config.driver + "'",
              "VC_STORAGE_DRIVER is one of: local, memory, s3, gcs, azure");
}

}  // namespace vc::storage
