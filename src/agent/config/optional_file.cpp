#include "agent/config/optional_file.hpp"

#include "agent/diagnostic_codes.hpp"

#include <utility>

namespace vc::agent {

Diagnostic unreadable_file(std::string path, const Error& error) {
  return {.code = codes::kUnreadableFile,
          .message = error.message,
          .at = {.file = std::move(path)},
          .source_line = {},
          .help = error.hint};
}

std::expected<std::optional<std::string>, Diagnostics> read_optional_file(const fs::path& root,
                                                                          const std::string& path,
                                                                          std::uint64_t bytes_max) {
  auto text = read_file_if_exists(root / path, bytes_max);
  if (!text) {
    return std::unexpected(Diagnostics{unreadable_file(path, text.error())});
  }
  return *std::move(text);
}

}  // namespace vc::agent
