// LocalTiers: the local cache as one run may use it: the entries of every scope it may read, the
// place for its own results, and a scratch cache where nothing may be kept.
//
// Each tier is a LocalCache of its own below one directory, named after remote and scope, so that
// entries of one scope are never served to a run that may not read it. Results made here by a run
// whose write scope is not known lie in a tier of that credential alone.
#pragma once

#include "agent/local_cache.hpp"
#include "core/temp_dir.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class TierAccess { none, read, write, read_write };

constexpr bool can_read(TierAccess access) {
  return access == TierAccess::read || access == TierAccess::read_write;
}

constexpr bool can_write(TierAccess access) {
  return access == TierAccess::write || access == TierAccess::read_write;
}

struct LocalTiersOptions {
  fs::path directory;        // <root>/.velocity/cache or $VELOCITY_CACHE_DIR.
  fs::path state_directory;  // For scratch space.
  LocalCacheLimits limits;
  TierAccess access = TierAccess::read_write;
  std::string remote_url;  // Empty without a remote.
  std::string remote_token;
};

struct TierEntry {
  LocalEntry entry;
  LocalCache* cache = nullptr;  // Where to remove it from when it is bad.
};

class LocalTiers {
 public:
  using Warn = std::function<void(std::string_view)>;

  // `warn` is told, once each, what keeps entries from being used; a directory that cannot be used
  // turns the local cache off. It may be called by any thread that calls a function of this.
  LocalTiers(LocalTiersOptions options, const Clock& clock, Warn warn);

  // Before find(): the scopes a run may read, in search order, and the one it writes ("" is none).
  void use_scopes(const std::vector<std::string>& readable, const std::string& writable);

  // Among what may be read.
  std::optional<TierEntry> find(const Digest& key);
  // Where this run has written, scratch space included: for what it has put there itself.
  std::optional<TierEntry> find_written(const Digest& key);

  // From everywhere that find() and find_written() look.
  void remove(const Digest& key);

  // Where to put an artifact that came from `scope`, or, without one, was made by this run. Falls
  // back to scratch space that is gone with this object.
  Result<LocalCache*> destination(std::optional<std::string_view> scope);

  bool keeps() const { return can_write(options_.access); }

  // Brings the directory under its limits, if this run has added to it.
  void collect_garbage();

 private:
  Result<LocalCache*> open(const std::string& tier);
  Result<LocalCache*> scratch();
  std::string tier_of(std::string_view scope) const;
  std::optional<TierEntry> find_in(const std::vector<LocalCache*>& places, const Digest& key);
  void warn_once(const std::string& text);

  LocalTiersOptions options_;
  const Clock& clock_;
  Warn warn_;
  std::vector<LocalCache*> readable_;
  std::string own_tier_;
  std::string result_tier_;

  std::mutex mutex_;
  std::set<std::string> told_;
  std::map<std::string, std::unique_ptr<LocalCache>> open_;
  std::vector<LocalCache*> written_;
  std::optional<TempDir> scratch_directory_;
  std::unique_ptr<LocalCache> scratch_;
};

}  // namespace vc::agent
