// GitIndex: which paths git tracks, read from `.git/index` (gitformat-index(5), versions 2 to 4).
//
// A tracked file that an ignore file also names is still an input, and no tracked file is ever an
// output. fingerprint/git_repository.hpp finds and reads the index of a workspace.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class GitHash : std::uint8_t { sha1, sha256 };

class GitIndex {
 public:
  GitIndex() = default;  // Nothing is tracked.

  // Errc::corrupt for bytes that are no index; Errc::invalid for a split or sparse one, which does
  // not list every path.
  static Result<GitIndex> parse(std::string_view bytes, GitHash hash);

  // Paths are relative to the top of the repository.
  bool contains(std::string_view path) const;
  bool contains_below(std::string_view directory) const;

  // The tracked paths below `directory` ("" is the top) are those from begin to end, in byte order.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  Range range_below(std::string_view directory) const;
  std::string_view path(std::size_t number) const;

  std::size_t size() const { return ends_.size(); }

 private:
  // The first path that is not before `path` in byte order.
  std::size_t lower_bound(std::string_view path) const;

  std::string paths_;                // One after the other, sorted as git sorts: by bytes.
  std::vector<std::uint32_t> ends_;  // Where each ends in paths_.
};

}  // namespace vc::agent
