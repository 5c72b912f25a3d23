#include "agent/run/transfers.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vc::agent {

Transfers::Transfers(RunContext& context, std::size_t tasks_max)
    : context_(context),
      last_progress_(context.clock.steady_now()),
      pool_(std::min(kTransfersAtOnce, std::max<std::size_t>(1, tasks_max)),
            2 * std::max<std::size_t>(1, tasks_max)) {}

Transfers::~Transfers() {
  give_up();
}

void Transfers::download(TaskId task, RemoteArtifact artifact, std::function<void()> done) {
  pool_.submit([this, task, artifact = std::move(artifact), done = std::move(done)] {
    if (!stop_.stop_requested()) {
      fetch(task, artifact);
    }
    done();
  });
}

void Transfers::fetch(TaskId task, const RemoteArtifact& artifact) {
  const auto warn = [&](std::string_view why) {
    context_.progress.notice(Severity::warning, fmt::format("{}: the remote result is not used: {}",
                                                            context_.node(task).label, why));
  };
  const Profile::Span span = context_.profiled("download", task);
  const auto cache = context_.tiers.destination(artifact.scope);
  auto writer = cache ? (*cache)->writer() : std::unexpected(cache.error());
  if (!writer) {
    warn(writer.error().message);
    return;
  }
  const DownloadOutcome outcome =
      context_.remote->download(artifact, (*writer)->fd(), stop_.get_token());
  switch (outcome.result) {
    case DownloadResult::complete:
      if (const auto published = (*writer)->publish(artifact.key, artifact.sha256,
                                                    artifact.size_bytes, artifact.vcmeta);
          !published) {
        warn(published.error().message);
      }
      return;
    case DownloadResult::doubtful:
      warn(outcome.reason);
      context_.remote->report(artifact.key, artifact.scope, outcome.reason, stop_.get_token());
      return;
    case DownloadResult::gone:  // An ordinary miss, but the gateway should know better.
      context_.remote->report(artifact.key, artifact.scope, "the store answered 404",
                              stop_.get_token());
      return;
    case DownloadResult::unwritable:
      warn(outcome.reason);
      return;
    case DownloadResult::failed:
      return;  // RemoteTroubles has told.
  }
}

void Transfers::upload(UploadJob job) {
  {
    const std::scoped_lock lock(mutex_);
    ++uploads_left_;
    bytes_under_way_ += job.size_bytes;
    last_progress_ = context_.clock.steady_now();
  }
  pool_.submit([this, job = std::move(job)] {
    if (!stop_.stop_requested()) {
      send(job);
    }
    const std::scoped_lock lock(mutex_);
    --uploads_left_;
    bytes_under_way_ -= job.size_bytes;
    last_progress_ = context_.clock.steady_now();
    upload_ended_.notify_all();
  });
}

void Transfers::send(const UploadJob& job) {
  const Profile::Span span = agent::profiled(context_.profile, "upload", job.label);
  auto found = context_.tiers.find_written(job.key);
  if (!found || found->entry.sha256 != job.sha256) {
    return;  // Another run has cleaned the cache, or put in its own result: that one will upload.
  }
  const UploadRequest request{.key = job.key,
                              .fd = found->entry.fd.get(),
                              .offset = found->entry.archive_offset,
                              .size_bytes = job.size_bytes,
                              .sha256 = job.sha256,
                              .outputs = job.outputs,
                              .duration_ms = job.duration_ms,
                              .provenance = context_.options.provenance};
  const UploadOutcome outcome = context_.remote->upload(request, job.comparison, stop_.get_token());
  if (outcome == UploadOutcome::differs) {
    context_.progress.notice(Severity::warning,
                             fmt::format("{}: {}", job.label, kDiffersFromCached));
  }
  const std::scoped_lock lock(mutex_);
  totals_.uploaded += outcome == UploadOutcome::stored ? 1 : 0;
  totals_.already_there +=
      outcome == UploadOutcome::skipped || outcome == UploadOutcome::differs ? 1 : 0;
  totals_.failed += outcome == UploadOutcome::failed ? 1 : 0;
  totals_.too_large += outcome == UploadOutcome::too_large ? 1 : 0;
}

void Transfers::finish_uploads(const std::function<bool(std::size_t left)>& wait_a_moment) {
  while (const std::size_t left = uploads_left()) {
    if (context_.clock.steady_now() >= upload_deadline()) {
      context_.progress.notice(Severity::warning,
                               fmt::format("{} uploads were given up: nothing has moved for {} s",
                                           left, kUploadPatience.count()));
      break;
    }
    if (!wait_a_moment(left)) {
      break;
    }
    std::unique_lock lock(mutex_);
    upload_ended_.wait_for(lock, std::chrono::milliseconds(100),
                           [&] { return uploads_left_ < left; });
  }
  give_up();
  pool_.wait_idle();
}

std::size_t Transfers::uploads_left() const {
  const std::scoped_lock lock(mutex_);
  return uploads_left_;
}

SteadyTime Transfers::upload_deadline() const {
  const std::scoped_lock lock(mutex_);
  return last_progress_ + kUploadPatience +
         std::chrono::seconds(bytes_under_way_ / kSlowestUploadBytesPerSecond);
}

TransferTotals Transfers::totals() const {
  const std::scoped_lock lock(mutex_);
  return totals_;
}

}  // namespace vc::agent
