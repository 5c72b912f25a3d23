#include "agent/config.hpp"

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

}  // namespace

std::optional<fs::path> find_config(const fs::path& start) {
  std::error_code failed;
  fs::path folder = fs::canonical(start, failed);
  if (failed) {
    return std::nullopt;
  }
  std::optional<fs::path> outermost;
  for (;; folder = folder.parent_path()) {
    fs::path file = folder / kConfigName;
    if (is_file(file)) {
      if (has_version_line(file)) {
        return file;
      }
      outermost = std::move(file);
    }
    if (folder == folder.root_path()) {
      return outermost;
    }
  }
}

}  // namespace vc::agent
