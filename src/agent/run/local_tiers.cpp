#include "agent/run/local_tiers.hpp"

#include "agent/remote/remembered_rights.hpp"
#include "core/digest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

LocalTiers::LocalTiers(LocalTiersOptions options, const Clock& clock, Warn warn)
    : options_(std::move(options)), clock_(clock), warn_(std::move(warn)) {
  own_tier_ = options_.remote_url.empty()
                  ? std::string("local")
                  : identity_of(options_.remote_url, options_.remote_token).hex();
  result_tier_ = own_tier_;
  if (options_.access == TierAccess::none) {
    return;
  }
  const auto own = open(own_tier_);
  if (!own) {
    options_.access = TierAccess::none;
    warn_once(fmt::format("the local cache cannot be used: {}. The build goes on without it; {}.",
                          own.error().message, own.error().hint));
  } else if (can_read(options_.access)) {
    readable_.push_back(*own);
  }
}

void LocalTiers::use_scopes(const std::vector<std::string>& readable, const std::string& writable) {
  if (!writable.empty()) {
    result_tier_ = tier_of(writable);
  }
  if (!can_read(options_.access)) {
    return;
  }
  std::vector<LocalCache*> tiers;
  for (const std::string& scope : readable) {
    if (const auto cache = open(tier_of(scope))) {
      tiers.push_back(*cache);
    }
  }
  const auto own = open(own_tier_);
  if (own) {
    tiers.push_back(*own);
  }
  readable_ = std::move(tiers);
}

std::optional<TierEntry> LocalTiers::find(const Digest& key) {
  return find_in(readable_, key);
}

std::optional<TierEntry> LocalTiers::find_written(const Digest& key) {
  std::vector<LocalCache*> places;
  {
    const std::scoped_lock lock(mutex_);
    places = written_;
  }
  return find_in(places, key);
}

void LocalTiers::remove(const Digest& key) {
  for (LocalCache* cache : readable_) {
    cache->remove(key);
  }
  const std::scoped_lock lock(mutex_);
  for (LocalCache* cache : written_) {
    cache->remove(key);
  }
}

Result<LocalCache*> LocalTiers::destination(std::optional<std::string_view> scope) {
  if (!can_write(options_.access)) {
    return scratch();
  }
  auto cache = open(scope ? tier_of(*scope) : result_tier_);
  if (!cache) {
    return scratch();
  }
  const std::scoped_lock lock(mutex_);
  if (std::ranges::find(written_, *cache) == written_.end()) {
    written_.push_back(*cache);
  }
  return cache;
}

void LocalTiers::collect_garbage() {
  for (LocalCache* cache : written_) {
    if (cache != scratch_.get()) {
      // A cache that stays too large is noticed by the next run; nothing depends on it now.
      static_cast<void>(cache->collect_garbage());
      return;  // It is the whole directory's, whichever tier asks.
    }
  }
}

Result<LocalCache*> LocalTiers::open(const std::string& tier) {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(tier);
  if (found != open_.end()) {
    return found->second.get();
  }
  VC_TRY(auto cache, LocalCache::open(options_.directory, tier, options_.limits, clock_));
  return (open_[tier] = std::move(cache)).get();
}

Result<LocalCache*> LocalTiers::scratch() {
  const std::scoped_lock lock(mutex_);
  if (scratch_ == nullptr) {
    VC_CHECK(make_directories(options_.state_directory / "scratch"));
    VC_TRY(TempDir directory, TempDir::create(options_.state_directory / "scratch"));
    VC_TRY(scratch_, LocalCache::open(directory.path(), "scratch", options_.limits, clock_));
    scratch_directory_.emplace(std::move(directory));
    written_.push_back(scratch_.get());
  }
  return scratch_.get();
}

std::string LocalTiers::tier_of(std::string_view scope) const {
  const std::string& url = options_.remote_url;
  return sha256(fmt::format("velocity local tier\n{}\n{}{}", url.size(), url, scope)).hex();
}

// Any doubt is a miss with one warning.
std::optional<TierEntry> LocalTiers::find_in(const std::vector<LocalCache*>& places,
                                             const Digest& key) {
  for (LocalCache* cache : places) {
    auto found = cache->find(key);
    if (!found) {
      warn_once("an entry of the local cache is not used: " + found.error().message);
      continue;
    }
    if (auto entry = *std::move(found)) {
      return TierEntry{.entry = *std::move(entry), .cache = cache};
    }
  }
  return std::nullopt;
}

void LocalTiers::warn_once(const std::string& text) {
  {
    const std::scoped_lock lock(mutex_);
    if (!told_.insert(text).second) {
      return;
    }
  }
  warn_(text);
}

}  // namespace vc::agent
