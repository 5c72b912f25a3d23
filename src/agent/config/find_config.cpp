#include "agent/config.hpp"
#include "agent/turbo/turbo_file.hpp"

#include <string_view>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kConfigName = "velocity.yml";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Looked for in the text, not in the parsed file, so that a file with a mistake in it is still the
// workspace's.
bool has_version_line(const fs::path& file) {
  const auto text = read_file(file, kConfigBytesMax);
  return text && (text->starts_with("version:") || text->starts_with("\xEF\xBB\xBFversion:") ||
                  text->contains("\nversion:"));
}

std::optional<fs::path> workspace_turbo_file(const fs::path& folder) {
  for (const std::string_view name : kTurboFiles) {
    const fs::path file = folder / name;
    if (is_file(file)) {
      const auto text = read_file(file, kConfigBytesMax);
      // One that cannot be read is shown as what it is.
      return !text || !is_package_turbo_text(*text) ? std::optional(file) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<fs::path> find_config(const fs::path& start) {
  std::error_code failed;
  fs::path folder = fs::canonical(start, failed);
  if (failed) {
    return std::nullopt;
  }
  std::optional<fs::path> outermost;
  std::optional<fs::path> turbo;
  for (;; folder = folder.parent_path()) {
    fs::path file = folder / kConfigName;
    if (is_file(file)) {
      if (has_version_line(file)) {
        return file;
      }
      outermost = std::move(file);
    }
    turbo = turbo ? turbo : workspace_turbo_file(folder);
    if (folder == folder.root_path()) {
      return turbo ? turbo : outermost;
    }
  }
}

}  // namespace vc::agent
