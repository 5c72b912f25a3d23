// Negotiation JSON from strangers: nothing crashes, what is accepted survives being written and
// read again, and nothing but 64 hexadecimal digits is ever accepted as a hash.
#include "core/assert.hpp"
#include "wire/capabilities.hpp"
#include "wire/negotiate.hpp"

#include <cstdint>

namespace {

using vc::wire::NegotiateReply;
using vc::wire::NegotiateRequest;

bool same(const NegotiateRequest& a, const NegotiateRequest& b) {
  return a.hash == b.hash && a.action == b.action && a.size_bytes == b.size_bytes &&
         a.sha256 == b.sha256 && a.md5 == b.md5 && a.duration_ms == b.duration_ms &&
         a.provenance == b.provenance && a.fresh == b.fresh && a.read_scopes == b.read_scopes;
}

bool same(const NegotiateReply& a, const NegotiateReply& b) {
  return a.status == b.status && a.method == b.method && a.url == b.url &&
         a.size_bytes == b.size_bytes && a.scope == b.scope && a.vcmeta == b.vcmeta &&
         a.expires_in_s == b.expires_in_s && a.problem.code == b.problem.code;
}

void try_single(std::string_view text) {
  const auto request = vc::wire::parse_request(text);
  if (!request) {
    VC_ASSERT(request.error().code == vc::Errc::invalid && !request.error().message.empty());
    return;
  }
  VC_ASSERT(text.find(request->hash.hex().substr(0, 8)) != std::string_view::npos ||
            text.find('\\') != std::string_view::npos);
  const auto again = vc::wire::parse_request(vc::wire::to_json(*request));
  VC_ASSERT(again.has_value() && same(*request, *again));
}

void try_batch(std::string_view text) {
  const auto items = vc::wire::parse_batch_request(text);
  if (!items) {
    return;
  }
  VC_ASSERT(items->size() <= vc::wire::kBatchItemsMax);
  std::vector<NegotiateRequest> good;
  for (const auto& item : *items) {
    if (item) {
      good.push_back(*item);
    }
  }
  const auto again = vc::wire::parse_batch_request(vc::wire::batch_request_json(good));
  VC_ASSERT(again.has_value() && again->size() == good.size());
  for (std::size_t i = 0; i < good.size(); ++i) {
    VC_ASSERT((*again)[i].has_value() && same(good[i], *(*again)[i]));
  }
}

void try_reply(std::string_view text) {
  const auto reply = vc::wire::parse_reply(text);
  if (!reply) {
    return;
  }
  std::string json;
  vc::wire::append_json(json, *reply);
  const auto again = vc::wire::parse_reply(json);
  VC_ASSERT(again.has_value());
  // An upload ticket has no size, scope or vcmeta to write, whatever a reply carried.
  VC_ASSERT(reply->status == vc::wire::Status::upload_needed || same(*reply, *again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_single(text);
  try_batch(text);
  try_reply(text);
  static_cast<void>(vc::wire::parse_batch_reply(text));
  static_cast<void>(vc::wire::parse_capabilities(text));
  static_cast<void>(vc::wire::parse_report(text));
  static_cast<void>(vc::wire::parse_problem(500, text));
  return 0;
}
