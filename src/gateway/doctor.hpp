// doctor: `velocity-server doctor`: tries the configured store as a gateway would, and says what it
// found and what to do about it.
#pragma once

#include "core/clock.hpp"
#include "gateway/config.hpp"
#include "storage/examination.hpp"

#include <span>
#include <string>

namespace vc::gateway {

// Writes a few tiny objects to the store and removes them again. Blocks for seconds.
std::vector<storage::Finding> examine(const Config& config, const Clock& clock);

// One line a finding, its remedy below it.
std::string to_text(std::span<const storage::Finding> findings);

// Whether a gateway with this configuration would serve.
bool is_usable(std::span<const storage::Finding> findings);

}  // namespace vc::gateway
