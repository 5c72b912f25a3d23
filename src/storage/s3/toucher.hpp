// Toucher: keeps what is used from expiring under lifecycle rules, which only know an object's age.
//
// An object that a negotiation has found and that is older than some limit is copied onto itself,
// in the background: the store counts its age from then on. Bytes and metadata stay what they are.
// One request an object and limit, at the price of a PUT; off unless asked for. Stores whose policy
// wants every write to be conditional refuse it.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "net/http.hpp"
#include "storage/s3/s3_client.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

namespace vc::storage {

// Safe for concurrent use.
class Toucher {
 public:
  // All must outlive it.
  Toucher(const S3Client& client, std::string bucket, std::chrono::seconds age_max,
          const Clock& clock, Log& log);

  // The answer to HEAD of `object`. Never blocks; what finds the queue full is touched another
  // time.
  void saw(const std::string& object, const net::Headers& headers);

 private:
  static constexpr std::size_t kQueueMax = 1'024;

  struct Candidate {
    std::string object;
    std::string etag;
    std::string vcmeta;
  };

  void run(const std::stop_token& stop);
  void touch(const Candidate& candidate, const std::stop_token& stop);

  const S3Client& client_;
  std::string bucket_;
  std::chrono::seconds age_max_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Candidate> queue_;
  std::set<std::string> waiting_;  // The names in `queue_`.
  bool has_warned_ = false;        // The thread's.
  std::jthread thread_;            // Last, so that it ends first.
};

}  // namespace vc::storage
