// ToolCache: what tools printed the last time, so that a run in which no tool has changed starts no
// process.
//
// `<root>/.velocity/tools`: a line of its own, then for each entry a line `<key> <bytes>`, the
// bytes and a newline, at the end the digest of all before. Anything else is an empty cache.
#pragma once

#include "core/digest.hpp"
#include "core/files.hpp"

#include <map>
#include <optional>
#include <string>

namespace vc::agent {

// Tools come and go; a cache that grew past this starts anew.
inline constexpr std::size_t kToolCacheEntriesMax = 1000;

class ToolCache {
 public:
  static ToolCache load(fs::path file);

  std::optional<std::string> find(const Digest& key) const;
  void record(const Digest& key, std::string output);
  // Atomically, and only when something was recorded.
  Result<void> save();

 private:
  explicit ToolCache(fs::path file) : file_(std::move(file)) {}

  fs::path file_;
  std::map<Digest, std::string> outputs_;
  bool unsaved_ = false;
};

}  // namespace vc::agent
