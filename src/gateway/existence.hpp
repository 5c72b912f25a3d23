// Existence: "is it there?", from the cheapest source that may answer.
//
// Without blocking: the positive cache (downloads only) and what the driver knows from memory. Else
// the store, which is asked once per key however many want to know at that moment. A store that
// cannot be asked is an Error, never a miss, and is never remembered. Safe for concurrent use.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "gateway/metrics.hpp"
#include "gateway/positive_cache.hpp"
#include "storage/driver.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace vc::gateway {

// nullptr: the store says that it is absent.
using Answer = Result<FoundObject>;

// What an answer may come from.
enum class Freshness { recent, from_store };

class Existence {
 public:
  Existence(storage::Driver& driver, const Clock& clock, Log& log, Metrics& metrics);

  // Never blocks. nullopt: the store has to be asked.
  std::optional<Answer> known(const wire::ObjectKey& key, Freshness freshness);

  // Blocks until the store has answered, or until the deadline while somebody else asks the same.
  Answer ask(const wire::ObjectKey& key, Deadline deadline);

  // Known to be there now, as far as can be told without blocking.
  bool surely_present(const wire::ObjectKey& key);

  void remember(const wire::ObjectKey& key, storage::ObjectInfo info);
  // What is known about `key` is in doubt.
  void forget(const wire::ObjectKey& key);

 private:
  // One question under way, and those who wait for its answer.
  struct Flight {
    std::mutex mutex;
    std::condition_variable landed;
    std::optional<Answer> answer;
  };

  Answer ask_store(const wire::ObjectKey& key, Deadline deadline);

  storage::Driver& driver_;
  Log& log_;
  Metrics& metrics_;
  PositiveCache cache_;
  std::mutex flights_mutex_;
  std::unordered_map<wire::ObjectKey, std::shared_ptr<Flight>> flights_;
};

}  // namespace vc::gateway
