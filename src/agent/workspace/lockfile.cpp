#include "agent/workspace/lockfile.hpp"

#include "agent/diagnostic_codes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

namespace vc::agent {

namespace {

struct Known {
  std::string_view file;
  std::string_view package_manager;
};

// npm's last: other package managers' workspaces collect stray package-lock.json files.
constexpr std::array kKnown{
    Known{.file = "pnpm-lock.yaml", .package_manager = "pnpm"},
    Known{.file = "yarn.lock", .package_manager = "yarn"},
    Known{.file = "bun.lock", .package_manager = "bun"},
    Known{.file = "bun.lockb", .package_manager = "bun"},
    Known{.file = "npm-shrinkwrap.json", .package_manager = "npm"},
    Known{.file = "package-lock.json", .package_manager = "npm"},
};

}  // namespace

Lockfile find_lockfile(const fs::path& root, std::string_view declared) {
  std::vector<Known> found;
  for (const Known& known : kKnown) {
    std::error_code ignored;
    if (fs::is_regular_file(root / known.file, ignored)) {
      found.push_back(known);
    }
  }
  if (found.empty()) {
    return {};
  }
  auto chosen = std::ranges::find(found, declared, &Known::package_manager);
  const bool is_declared = chosen != found.end();
  chosen = is_declared ? chosen : found.begin();
  Lockfile lockfile{.file = std::string(chosen->file),
                    .package_manager = std::string(chosen->package_manager)};
  const bool ambiguous = std::ranges::any_of(
      found, [&](const Known& other) { return other.package_manager != chosen->package_manager; });
  if (ambiguous && !is_declared) {
    std::vector<std::string_view> files;
    std::ranges::transform(found, std::back_inserter(files), &Known::file);
    lockfile.warnings.push_back(
        {.severity = Severity::warning,
         .code = codes::kSeveralLockfiles,
         .message =
             fmt::format("several lockfiles: {}; using {}", fmt::join(files, ", "), lockfile.file),
         .at = {},
         .source_line = {},
         .help = "remove those that are not used, or set \"packageManager\" in package.json"});
  }
  return lockfile;
}

}  // namespace vc::agent
