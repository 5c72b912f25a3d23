// Transfers: downloads ahead of the build and uploads behind it, on threads of their own, so that
// neither takes the place of a running task.
//
// A download ends in the local cache (or in scratch space), from where the task restores it.
#pragma once

#include "agent/run/run_context.hpp"
#include "core/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>

namespace vc::agent {

inline constexpr std::size_t kTransfersAtOnce = 8;
// How long a finished build waits for uploads after the last one that ended, plus the time the
// bytes on their way would take at kSlowestUpload.
inline constexpr std::chrono::seconds kUploadPatience{60};
inline constexpr std::uint64_t kSlowestUploadBytesPerSecond = 1 << 20;

struct UploadJob {
  std::string label;
  Digest key;
  Digest sha256;
  Digest outputs;  // outputs_digest()
  std::uint64_t size_bytes = 0;
  std::uint64_t duration_ms = 0;
  Comparison comparison = Comparison::none;
};

// What a run says about a forced result that is not the cached one.
inline constexpr std::string_view kDiffersFromCached =
    "this result differs from the cached result of the same key; the task is not deterministic, or "
    "something it reads is not among its inputs";

struct TransferTotals {
  std::uint64_t uploaded = 0;
  std::uint64_t already_there = 0;
  std::uint64_t failed = 0;
  std::uint64_t too_large = 0;
};

class Transfers {
 public:
  // `tasks_max` bounds the queue: a task is downloaded and uploaded at most once.
  Transfers(RunContext& context, std::size_t tasks_max);
  // Gives up what is not done.
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  Transfers(Transfers&&) = delete;
  Transfers& operator=(Transfers&&) = delete;

  // `done` is called on another thread; afterwards the artifact is in `tiers`, or it is a miss that
  // has been explained.
  void download(TaskId task, RemoteArtifact artifact, std::function<void()> done);
  // Only for what this process has executed.
  void upload(UploadJob job);

  // Waits, with patience that has a bound; `wait_a_moment` is called several times a second and
  // says whether to go on.
  void finish_uploads(const std::function<bool(std::size_t left)>& wait_a_moment);

  void give_up() { stop_.request_stop(); }

  TransferTotals totals() const;

 private:
  void fetch(TaskId task, const RemoteArtifact& artifact);
  void send(const UploadJob& job);
  std::size_t uploads_left() const;
  SteadyTime upload_deadline() const;

  RunContext& context_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::condition_variable upload_ended_;
  std::size_t uploads_left_ = 0;
  std::uint64_t bytes_under_way_ = 0;
  SteadyTime last_progress_;
  TransferTotals totals_;
  WorkerPool pool_;  // Last: its threads use everything above.
};

}  // namespace vc::agent
