// Negotiation: what agent and gateway say to each other before bytes move. Structs <-> JSON, both
// directions.
//
// Unknown fields are ignored by both sides. See docs/protocols/native.md for the bytes.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"
#include "net/http.hpp"
#include "wire/problem.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::wire {

inline constexpr std::size_t kBatchItemsMax = 1000;
inline constexpr std::size_t kBatchRequestBytesMax = 1 << 20;
inline constexpr std::size_t kBatchReplyBytesMax = 8 << 20;
inline constexpr std::size_t kSingleRequestBytesMax = 64 << 10;
inline constexpr std::size_t kReadScopesMax = 4;

enum class Action { none, download, upload };

struct NegotiateRequest {
  Digest hash;
  Action action = Action::none;
  std::optional<std::uint64_t> size_bytes;
  std::optional<Digest> sha256;
  std::string md5;  // Base64, as Content-MD5; empty when unknown.
  std::uint64_t duration_ms = 0;
  std::map<std::string, std::string> provenance;
  bool fresh = false;  // Download: ask the store, not the positive cache.
  std::vector<std::string> read_scopes;
};

enum class Status { found, missing, upload_needed, skipped, problem };

struct NegotiateReply {
  Status status = Status::missing;
  std::string method;  // "GET" or "PUT", with a ticket.
  std::string url;
  net::Headers headers;  // Exactly what the client must send.
  std::optional<std::uint64_t> size_bytes;
  std::string scope;
  std::string vcmeta;
  std::uint64_t expires_in_s = 0;
  Problem problem;  // With Status::problem.
};

// The gateway's side. Errc::invalid names the field and what it must be.
Result<NegotiateRequest> parse_request(std::string_view json);
// One entry per item: a bad item is its own error and never spoils the batch.
Result<std::vector<Result<NegotiateRequest>>> parse_batch_request(std::string_view json);
void append_json(std::string& out, const NegotiateReply& reply);  // The hot path: no DOM.
std::string batch_reply_json(const std::vector<NegotiateReply>& replies);

// The agent's side.
std::string to_json(const NegotiateRequest& request);
std::string batch_request_json(const std::vector<NegotiateRequest>& requests);
Result<NegotiateReply> parse_reply(std::string_view json);
Result<std::vector<NegotiateReply>> parse_batch_reply(std::string_view json);

}  // namespace vc::wire
