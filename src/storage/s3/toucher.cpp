#include "storage/s3/toucher.hpp"

#include "storage/s3/canonical_request.hpp"
#include "storage/s3/object_headers.hpp"

#include <utility>

namespace vc::storage {

Toucher::Toucher(const S3Client& client, std::string bucket, std::chrono::seconds age_max,
                 const Clock& clock, Log& log)
    : client_(client),
      bucket_(std::move(bucket)),
      age_max_(age_max),
      clock_(clock),
      log_(log),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Toucher::saw(const std::string& object, const net::Headers& headers) {
  const auto modified = parse_http_date(headers.find("Last-Modified").value_or(""));
  const auto etag = headers.find("ETag");
  if (!modified || !etag || clock_.now() - *modified < age_max_) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  if (queue_.size() >= kQueueMax || !waiting_.insert(object).second) {
    return;
  }
  queue_.push_back(
      {.object = object,
       .etag = std::string(*etag),
       .vcmeta = std::string(headers.find(client_.dialect().vcmeta_header).value_or(""))});
  changed_.notify_one();
}

void Toucher::run(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !queue_.empty(); })) {
      return;
    }
    const Candidate candidate = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    touch(candidate, stop);
    lock.lock();
    waiting_.erase(candidate.object);
  }
}

void Toucher::touch(const Candidate& candidate, const std::stop_token& stop) {
  // Copying onto itself is allowed where something is replaced: the metadata, by the same.
  S3Request request{
      .method = "PUT",
      .object = candidate.object,
      .headers = {{"x-amz-copy-source",
                   '/' + bucket_ + '/' + percent_encode(candidate.object, Slash::kept)},
                  {"x-amz-copy-source-if-match", candidate.etag},
                  {"x-amz-metadata-directive", "REPLACE"}}};
  if (!candidate.vcmeta.empty()) {
    request.headers.add(std::string(client_.dialect().vcmeta_header), candidate.vcmeta);
  }
  const auto response = client_.send(request, {.stop = stop});
  const bool done = response && response->status == 200 && s3_error_code(*response).empty();
  if (done || stop.stop_requested() || std::exchange(has_warned_, true)) {
    return;
  }
  const Error error = response ? client_.error_of(request, *response) : response.error();
  log_.warn("an artifact in use could not be kept from expiring", {{"error", error.message}});
}

}  // namespace vc::storage
