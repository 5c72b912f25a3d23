// read_manifest(): a file that need not be there, read and parsed.
#pragma once

#include "agent/config/optional_file.hpp"
#include "agent/workspace/manifest.hpp"

#include <algorithm>
#include <expected>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vc::agent {

template <class Parsed>
struct ReadManifest {
  std::optional<Parsed> parsed;  // Nothing when there is no file, or an error.
  Diagnostics errors;

  // Appends the errors to `all`.
  void report(Diagnostics& all) { std::ranges::move(errors, std::back_inserter(all)); }
};

// `path` is relative to `root`; files beyond kManifestBytesMax are errors.
template <class Parsed>
ReadManifest<Parsed> read_manifest(
    const fs::path& root, const std::string& path,
    std::expected<Parsed, Diagnostic> (*parse)(std::string_view text, std::string_view file)) {
  ReadManifest<Parsed> read;
  const auto text = read_optional_file(root, path, kManifestBytesMax);
  if (!text) {
    read.errors = text.error();
    return read;
  }
  if (const std::optional<std::string>& content = *text) {
    if (auto parsed = parse(*content, path)) {
      read.parsed = *std::move(parsed);
    } else {
      read.errors.push_back(std::move(parsed).error());
    }
  }
  return read;
}

}  // namespace vc::agent
