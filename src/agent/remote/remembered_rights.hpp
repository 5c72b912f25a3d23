// RememberedRights: which scopes this token could read and write when the gateway was last asked,
// so that a run which needs nothing from the network need not ask.
//
// Entries of the local cache lie under remote and scope and are served only to a run that may read
// that scope. A run that contacts the gateway anyway uses its answer. One that does not, uses what
// was remembered under a digest of URL and token together: another token remembers nothing, so a
// token whose rights were never asked for reads no scope's entries. What is older than
// kRightsAgeMax is asked again; while the gateway cannot be reached the old answer stands (a laptop
// on a train).
#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/files.hpp"
#include "wire/capabilities.hpp"

#include <optional>
#include <string_view>

namespace vc::agent {

inline constexpr std::chrono::hours kRightsAgeMax{24};

struct RememberedRights {
  wire::Capabilities capabilities;
  bool is_fresh = false;
};

// Absent, damaged or written by another version: nullopt.
std::optional<RememberedRights> recall_rights(const fs::path& state_directory, std::string_view url,
                                              std::string_view token, TimePoint now);
Result<void> remember_rights(const fs::path& state_directory, std::string_view url,
                             std::string_view token, const wire::Capabilities& capabilities,
                             TimePoint now);
// After the gateway has refused the token.
void forget_rights(const fs::path& state_directory, std::string_view url, std::string_view token);

// A name for "this remote with this credential" that gives neither away.
Digest identity_of(std::string_view url, std::string_view token);

}  // namespace vc::agent
