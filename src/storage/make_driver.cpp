#include "storage/make_driver.hpp"

#include "storage/memory_driver.hpp"

namespace vc::storage {

Result<std::unique_ptr<Driver>> make_driver(const StorageConfig& config, const Clock& clock,
                                            Log& log) {
  if (config.driver == "local") {
    VC_TRY(auto driver, LocalDriver::create(config.local, clock, log));
    return driver;
  }
  if (config.driver == "memory") {
    return std::make_unique<MemoryDriver>(clock);
  }
  return fail(Errc::invalid, "unknown storage driver '" + config.driver + "'",
              "VC_STORAGE_DRIVER is one of: local, memory");
}

}  // namespace vc::storage
