// The part of the configuration that is about Azure: VC_AZURE_* and the AZURE_STORAGE_* that its
// other clients know.
#pragma once

#include "core/env.hpp"
#include "core/options.hpp"
#include "core/result.hpp"
#include "storage/make_driver.hpp"

namespace vc::gateway {

// Errc::invalid without a container, an account or a key, and for a connection string of another
// account than the one that is named beside it.
Result<void> load_azure_config(const OptionValues& values, const Environment& environment,
                               storage::StorageConfig& config);

}  // namespace vc::gateway
