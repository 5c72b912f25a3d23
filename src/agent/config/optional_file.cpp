#include "agent/config/optional_file.hpp"

#include "agent/diagnostic_codes.hpp"

#include <utility>

namespace vc::agent {

std::expected<std::optional<std::string>, Diagnostics> read_optional_file(const fs::path& root,
                                                                          const std::string& path,
                                                                          std::uint64_t bytes_max) {
  auto text = read_file_if_exists(root / path, bytes_max);
  if (!text) {
    return std::unexpected(Diagnostics{{.code = codes::kUnreadableFile,
                                        .message = std::move(text.error().message),
                                        .at = {.file = path},
                                        .source_line = {},
                                        .help = std::move(text.error().hint)}});
  }
  return *std::move(text);
}

}  // namespace vc::agent
