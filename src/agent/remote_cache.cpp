#include "agent/remote_cache.hpp"

#include "agent/fingerprint/parallel_for.hpp"
#include "agent/usable_cpus.hpp"
#include "core/assert.hpp"
#include "core/content_md5.hpp"
#include "core/files.hpp"
#include "wire/object_key.hpp"
#include "wire/vcmeta.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::string_view kDownloading = "send a result";
constexpr std::string_view kStoring = "store a result";

// Where the seal keeps outputs_digest().
constexpr const char* kOutputsProvenance = "outputs";

// Our own limit on what may arrive, whatever a seal says.
constexpr std::uint64_t kArtifactBytesMax = 64ULL << 30;

// Writes and hashes what arrives, and refuses the first byte too many.
class BodyReceiver {
 public:
  BodyReceiver(int fd, std::uint64_t size_bytes)
      : fd_(fd), start_(::lseek(fd, 0, SEEK_CUR)), size_bytes_(size_bytes) {}

  Result<void> restart() {
    if (received_ == 0) {
      return {};
    }
    if (::ftruncate(fd_, start_) != 0 || ::lseek(fd_, start_, SEEK_SET) != start_) {
      return std::unexpected(errno_error("rewind a download"));
    }
    hasher_ = Hasher();
    received_ = 0;
    is_too_long_ = false;
    return {};
  }

  Result<void> receive(ByteView bytes) {
    received_ += bytes.size();
    if (received_ > size_bytes_) {
      is_too_long_ = true;
      return fail(Errc::too_large, "more bytes than announced");
    }
    hasher_.update(bytes);
    return write_all(fd_, bytes);
  }

  std::uint64_t received() const { return received_; }

  bool is_too_long() const { return is_too_long_; }

  Digest digest() { return hasher_.finish(); }

 private:
  int fd_;
  off_t start_;
  std::uint64_t size_bytes_;
  std::uint64_t received_ = 0;
  bool is_too_long_ = false;
  Hasher hasher_;
};

// An error of the file being written, not of the exchange.
bool is_local(Errc code) {
  return code == Errc::io || code == Errc::no_space;
}

// What a store answers once a ticket has run out: 403 as a rule, Google 400 with a code of its own.
bool is_refused_ticket(const net::ClientResponse& response) {
  return response.status == 403 ||
         (response.status == 400 && response.body.contains("<Code>ExpiredToken</Code>"));
}

std::chrono::milliseconds life_of(std::uint64_t expires_in_s) {
  constexpr std::uint64_t kLongest = 24 * 3600ULL;
  return std::chrono::seconds(std::min(expires_in_s, kLongest));  // 0: no limit but stalling.
}

// Of another kind than ours they are left out: what they sealed is a doubt.
std::vector<VerifyKey> usable_keys(const std::vector<wire::SealKey>& published) {
  std::vector<VerifyKey> keys;
  for (const wire::SealKey& key : published) {
    const auto raw = base64url_decode(key.public_key);
    if (auto parsed = raw ? VerifyKey::parse(*raw) : std::unexpected(raw.error())) {
      keys.push_back(*std::move(parsed));
    }
  }
  return keys;
}

}  // namespace

RemoteCache::RemoteCache(RemoteOptions options, net::HttpClient& http, Pause pause,
                         RemoteTroubles::Warn warn)
    : options_(std::move(options)),
      http_(http, std::move(pause)),
      troubles_(options_.url, options_.token_name, std::move(warn)),
      gateway_(options_.url, options_.token, http_, troubles_) {}

const wire::Capabilities* RemoteCache::rights(const std::stop_token& stop) {
  const std::scoped_lock lock(rights_mutex_);
  if (!rights_asked_) {
    rights_asked_ = true;
    if (auto answer = gateway_.capabilities(stop)) {
      seal_keys_ = usable_keys(answer->seal_keys);
      rights_ = *std::move(answer);
    }
  }
  return rights_ ? &*rights_ : nullptr;
}

std::vector<RemoteAnswer> RemoteCache::look_up(std::span<const Digest> keys,
                                               const std::stop_token& stop) {
  std::vector<RemoteAnswer> answers(keys.size());
  const wire::Capabilities* allowed = keys.empty() ? nullptr : rights(stop);
  if (allowed == nullptr || allowed->read_scopes.empty()) {
    return answers;
  }
  std::size_t batch = wire::kBatchItemsMax;
  if (allowed->batch_items_max > 0) {
    batch = std::min<std::size_t>(batch, allowed->batch_items_max);
  }
  for (std::size_t start = 0; start < keys.size(); start += batch) {
    const std::size_t count = std::min(batch, keys.size() - start);
    look_up_batch(keys.subspan(start, count), std::span(answers).subspan(start, count), stop);
  }
  return answers;
}

std::optional<RemoteArtifact> RemoteCache::look_up(const Digest& key, const std::stop_token& stop) {
  return std::move(look_up(std::span(&key, 1), stop).front().artifact);
}

void RemoteCache::look_up_batch(std::span<const Digest> keys, std::span<RemoteAnswer> answers,
                                const std::stop_token& stop) {
  std::vector<wire::NegotiateRequest> requests(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    requests[i].hash = keys[i];
    requests[i].action = wire::Action::download;
  }
  auto replies = gateway_.negotiate_batch(requests, stop);
  if (!replies) {
    return;
  }
  // A signature takes 0.15 ms to verify: of a thousand artifacts that is more than all else here.
  parallel_for(keys.size(), usable_cpus(), [&](std::size_t i, unsigned) {
    wire::NegotiateReply& reply = (*replies)[i];
    if (reply.status == wire::Status::found) {
      answers[i] = checked(keys[i], std::move(reply));
    }
  });
  for (const wire::NegotiateReply& reply : *replies) {
    if (reply.status == wire::Status::problem) {
      troubles_.report({.status = reply.problem.status, .body = wire::to_json(reply.problem)},
                       "look up a result");
    }
  }
}

// Everything a seal can tell before a byte has moved. The gateway is believed about nothing that
// the seal does not say: a store or a proxy may have been tampered with.
RemoteAnswer RemoteCache::checked(const Digest& key, wire::NegotiateReply reply) const {
  const auto doubt = [&](std::string reason) {
    return RemoteAnswer{.doubt = std::move(reason), .scope = reply.scope};
  };
  VC_ASSERT(rights_.has_value());
  const auto sealed = wire::open_vcmeta(reply.vcmeta, seal_keys_);
  if (!sealed) {
    return doubt("its seal cannot be trusted: " + sealed.error().message);
  }
  const wire::ArtifactMeta& meta = sealed->meta;
  if (meta.key != key.hex() || meta.name_space != wire::ObjectKey::kNativeNamespace) {
    return doubt("its seal is for another key");
  }
  if (meta.scope != reply.scope ||
      std::ranges::find(rights_->read_scopes, meta.scope) == rights_->read_scopes.end()) {
    return doubt("its seal is for scope \"" + meta.scope + "\"");
  }
  if (!meta.sha256 || !meta.size_bytes) {
    return doubt("its seal carries no digest (uploaded by something other than this program)");
  }
  if (*meta.size_bytes > kArtifactBytesMax) {
    return doubt("it is larger than any artifact may be");
  }
  const auto outputs = meta.provenance.find(kOutputsProvenance);
  return {.artifact = RemoteArtifact{
              .key = key,
              .url = std::move(reply.url),
              .headers = std::move(reply.headers),
              .size_bytes = *meta.size_bytes,
              .sha256 = *meta.sha256,
              .scope = meta.scope,
              .vcmeta = std::move(reply.vcmeta),
              .duration_ms = meta.duration_ms,
              .expires_in_s = reply.expires_in_s,
              .outputs = outputs == meta.provenance.end() ? std::string() : outputs->second}};
}

DownloadOutcome RemoteCache::download(const RemoteArtifact& artifact, int fd,
                                      const std::stop_token& stop) {
  BodyReceiver body(fd, artifact.size_bytes);
  const auto get = [&](const RemoteArtifact& from) {
    net::ClientRequest request;
    request.url = from.url;
    request.headers = from.headers;
    request.timeout = life_of(from.expires_in_s);
    return http_.send(
        request, stop, [&](ByteView bytes) { return body.receive(bytes); },
        [&] { return body.restart(); });
  };
  auto response = get(artifact);
  if (response && is_refused_ticket(*response)) {  // It ran out while it waited its turn.
    const auto again = look_up(artifact.key, stop);
    if (again && again->sha256 == artifact.sha256) {
      response = get(*again);
    }
  }
  if (body.is_too_long()) {
    return {.result = DownloadResult::doubtful, .reason = "more bytes arrived than its seal says"};
  }
  if (!response && is_local(response.error().code)) {
    return {.result = DownloadResult::unwritable, .reason = response.error().message};
  }
  if (!response) {
    troubles_.report_transfer(response.error(), kDownloading, artifact.url);
    return {.result = DownloadResult::failed, .reason = response.error().message};
  }
  if (response->status == 404) {
    return {.result = DownloadResult::gone};
  }
  if (response->status != 200) {
    troubles_.report_transfer(*response, kDownloading, artifact.url);
    return {.result = DownloadResult::failed,
            .reason = fmt::format("the store answered {}", response->status)};
  }
  bytes_down_ += body.received();
  if (body.received() != artifact.size_bytes || body.digest() != artifact.sha256) {
    return {.result = DownloadResult::doubtful,
            .reason = "its content does not have the digest its seal says"};
  }
  return {.result = DownloadResult::complete};
}

UploadOutcome RemoteCache::upload(const UploadRequest& request, Comparison comparison,
                                  const std::stop_token& stop) {
  const wire::Capabilities* allowed = rights(stop);
  if (allowed == nullptr || allowed->write_scope.empty()) {
    return UploadOutcome::failed;
  }
  if (allowed->object_bytes_max > 0 && request.size_bytes > allowed->object_bytes_max) {
    return UploadOutcome::too_large;
  }
  // A ticket that is no longer good: negotiate before the body is sent again.
  constexpr int kTickets = 2;
  for (int attempt = 1; attempt <= kTickets; ++attempt) {
    const auto ticket = upload_ticket(request, stop);
    if (!ticket) {
      return UploadOutcome::failed;
    }
    const std::optional<wire::NegotiateReply>& vended = *ticket;
    if (!vended) {
      return already_there(request, comparison, stop);
    }
    const auto response = put(request, *vended, stop);
    if (!response) {
      troubles_.report_transfer(response.error(), kStoring, vended->url);
      return UploadOutcome::failed;
    }
    if (response->status >= 200 && response->status < 300) {
      bytes_up_ += request.size_bytes;
      return UploadOutcome::stored;
    }
    if (response->status == 412) {
      return already_there(request, comparison, stop);
    }
    const bool stale = response->status == 409 || is_refused_ticket(*response);
    if (!stale || attempt == kTickets) {
      troubles_.report_transfer(*response, kStoring, vended->url);
      return UploadOutcome::failed;
    }
  }
  return UploadOutcome::failed;
}

Result<std::optional<wire::NegotiateReply>> RemoteCache::upload_ticket(
    const UploadRequest& request, const std::stop_token& stop) {
  wire::NegotiateRequest question;
  question.hash = request.key;
  question.action = wire::Action::upload;
  question.size_bytes = request.size_bytes;
  question.sha256 = request.sha256;
  question.duration_ms = request.duration_ms;
  question.provenance = request.provenance;
  question.provenance[kOutputsProvenance] = request.outputs.hex();
  if (const wire::Capabilities* allowed = rights(stop); allowed != nullptr && allowed->upload_md5) {
    VC_TRY(question.md5, content_md5(request.fd, request.offset, request.size_bytes));
  }
  VC_TRY(wire::NegotiateReply reply, gateway_.negotiate(question, stop));
  if (reply.status == wire::Status::skipped || reply.status == wire::Status::found) {
    return std::nullopt;
  }
  if (reply.status != wire::Status::upload_needed) {
    const net::ClientResponse answer{.status = reply.problem.status,
                                     .body = wire::to_json(reply.problem)};
    troubles_.report(answer, kStoring);
    return fail(Errc::unavailable, "no upload ticket");
  }
  return reply;
}

Result<net::ClientResponse> RemoteCache::put(const UploadRequest& request,
                                             const wire::NegotiateReply& ticket,
                                             const std::stop_token& stop) {
  net::ClientRequest out;
  out.method = "PUT";
  out.url = ticket.url;
  out.headers = ticket.headers;
  out.body_fd = request.fd;
  out.body_fd_offset = request.offset;
  out.body_fd_bytes = request.size_bytes;
  out.timeout = life_of(ticket.expires_in_s);
  return http_.send(out, stop);
}

UploadOutcome RemoteCache::already_there(const UploadRequest& request, Comparison comparison,
                                         const std::stop_token& stop) {
  if (comparison == Comparison::none) {
    return UploadOutcome::skipped;
  }
  const auto stored = look_up(request.key, stop);
  const bool differs =
      stored && !stored->outputs.empty() && stored->outputs != request.outputs.hex();
  return differs ? UploadOutcome::differs : UploadOutcome::skipped;
}

void RemoteCache::report(const Digest& key, std::string_view scope, std::string_view reason,
                         const std::stop_token& stop) {
  gateway_.report({.hash = key.hex(), .scope = std::string(scope), .reason = std::string(reason)},
                  stop);
}

}  // namespace vc::agent
