// Reads a file of the user's that need not be there.
#pragma once

#include "agent/diagnostic.hpp"
#include "core/files.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace vc::agent {

// `path` is relative to `root`, and what the one error is about is called so. Absence is nullopt.
std::expected<std::optional<std::string>, Diagnostics> read_optional_file(const fs::path& root,
                                                                          const std::string& path,
                                                                          std::uint64_t bytes_max);

}  // namespace vc::agent
