// RemoteCache: the gateway and the store behind it, as a run sees them: what is there, bring it,
// take this.
//
// Nothing here can fail a build. What goes wrong with the remote itself is told once per run, with
// its cause and a remedy; afterwards the answers are just "no". What is wrong with one artifact is
// told to the caller, who knows the task's name. The token goes to the configured URL only, never
// to the URL of a ticket. Safe for concurrent use.
#pragma once

#include "agent/remote/gateway.hpp"
#include "agent/remote/retrying_http.hpp"
#include "agent/remote/troubles.hpp"
#include "core/digest.hpp"
#include "core/signature.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct RemoteOptions {
  std::string url;  // Without a final slash.
  std::string token;
  std::string token_name = "remote.token";  // What to tell the user to check.
};

struct RemoteArtifact {
  Digest key;
  std::string url;  // Presigned: a secret.
  net::Headers headers;
  std::uint64_t size_bytes = 0;
  Digest sha256;
  std::string scope;
  std::string vcmeta;
  std::uint64_t duration_ms = 0;
  std::uint64_t expires_in_s = 0;
  std::string outputs;  // UploadRequest::outputs in hex; empty when the uploader did not say.
};

// Neither: a miss.
struct RemoteAnswer {
  std::optional<RemoteArtifact> artifact;
  std::string doubt;  // Why an artifact that is there cannot be trusted.
  std::string scope;  // Of the doubtful one.
};

enum class DownloadResult {
  complete,    // Every byte is in the file and has the sealed digest.
  gone,        // The store no longer has it: a miss.
  failed,      // Transport; the remote's one warning has been given.
  doubtful,    // Bytes arrived that are not the sealed ones.
  unwritable,  // It could not be written on this machine.
};

struct DownloadOutcome {
  DownloadResult result = DownloadResult::failed;
  std::string reason;
};

struct UploadRequest {
  Digest key;
  int fd = -1;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  Digest sha256;
  Digest outputs;  // outputs_digest()
  std::uint64_t duration_ms = 0;
  std::map<std::string, std::string> provenance;
};

enum class UploadOutcome { stored, skipped, differs, too_large, failed };
enum class Comparison { none, with_the_stored };

class RemoteCache {
 public:
  RemoteCache(RemoteOptions options, net::HttpClient& http, Pause pause, RemoteTroubles::Warn warn);

  const RemoteOptions& options() const { return options_; }

  const RemoteTroubles& troubles() const { return troubles_; }

  // What this token may do. The first call asks the gateway; nullptr when it cannot be used.
  const wire::Capabilities* rights(const std::stop_token& stop);

  // One answer a key, in order; kBatchItemsMax keys a round trip. Artifacts whose seal, scope or
  // key are not as they must be are doubts.
  std::vector<RemoteAnswer> look_up(std::span<const Digest> keys, const std::stop_token& stop);

  // Writes to `fd` from its current offset.
  DownloadOutcome download(const RemoteArtifact& artifact, int fd, const std::stop_token& stop);

  // Only with a write scope. `comparison`: when the key is already stored, whether with other
  // outputs.
  UploadOutcome upload(const UploadRequest& request, Comparison comparison,
                       const std::stop_token& stop);

  // Makes the gateway look at this key again.
  void report(const Digest& key, std::string_view scope, std::string_view reason,
              const std::stop_token& stop);

  std::uint64_t bytes_down() const { return bytes_down_; }

  std::uint64_t bytes_up() const { return bytes_up_; }

 private:
  std::optional<RemoteArtifact> look_up(const Digest& key, const std::stop_token& stop);
  void look_up_batch(std::span<const Digest> keys, std::span<RemoteAnswer> answers,
                     const std::stop_token& stop);
  RemoteAnswer checked(const Digest& key, wire::NegotiateReply reply) const;
  Result<net::ClientResponse> put(const UploadRequest& request, const wire::NegotiateReply& ticket,
                                  const std::stop_token& stop);
  Result<std::optional<wire::NegotiateReply>> upload_ticket(const UploadRequest& request,
                                                            const std::stop_token& stop);
  UploadOutcome already_there(const UploadRequest& request, Comparison comparison,
                              const std::stop_token& stop);

  RemoteOptions options_;
  RetryingHttp http_;
  RemoteTroubles troubles_;
  Gateway gateway_;

  std::mutex rights_mutex_;
  bool rights_asked_ = false;
  std::optional<wire::Capabilities> rights_;
  std::vector<VerifyKey> seal_keys_;  // Written once, before rights() first returns.

  std::atomic<std::uint64_t> bytes_down_{0};
  std::atomic<std::uint64_t> bytes_up_{0};
};

}  // namespace vc::agent
