#include "gateway/negotiate_endpoint.hpp"

#include "gateway/public_url.hpp"
#include "wire/capabilities.hpp"

#include <fmt/format.h>

namespace vc::gateway {
namespace {

constexpr double kReportsPerSecond = 1;
constexpr double kReportsAtOnce = 20;
constexpr std::size_t kReportBytesMax = 4 << 10;
constexpr std::size_t kReasonBytesLogged = 200;

Error body_too_large(std::uint64_t bytes, std::size_t bytes_max) {
  return {.code = Errc::too_large,
          .message = fmt::format("the request has {} bytes; the limit is {}", bytes, bytes_max)};
}

}  // namespace

NegotiateEndpoint::NegotiateEndpoint(const Services& services, std::string public_url)
    : services_(services),
      public_url_(std::move(public_url)),
      reports_(kReportsPerSecond, kReportsAtOnce, services.journal.clock()) {}

// B29: never a guess at what the client may reach: what was configured, or what the client used.
Result<std::string> NegotiateEndpoint::base_url(const net::RequestHead& head) const {
  if (!public_url_.empty()) {
    return public_url_;
  }
  if (head.header_count("host") > 1) {
    return fail(Errc::invalid, "more than one Host");
  }
  return public_url_of({.host = head.header("host"),
                        .forwarded_host = head.header("x-forwarded-host"),
                        .forwarded_proto = head.header("x-forwarded-proto")});
}

net::BodyPlan NegotiateEndpoint::single(RequestRecord record, const net::RequestHead& head) {
  auto base = base_url(head);
  if (!base) {
    return record.finish(base.error());
  }
  const std::uint64_t length = head.content_length().value_or(0);
  if (length > wire::kSingleRequestBytesMax) {
    return record.finish(body_too_large(length, wire::kSingleRequestBytesMax));
  }
  auto answer = [this, record = std::move(record), base = *std::move(base)](
                    const std::string& body, net::Reply reply) mutable {
    auto request = wire::parse_request(body);
    if (!request) {
      return reply.send(record.finish(request.error()));
    }
    const Caller caller = record.caller;
    services_.negotiator.one(caller, *std::move(request), std::move(base),
                             [this, record = std::move(record),
                              reply = std::move(reply)](wire::NegotiateReply result) mutable {
                               services_.journal.metrics().observe_negotiation(record.age());
                               if (result.status == wire::Status::problem) {
                                 return reply.send(record.finish(std::move(result.problem)));
                               }
                               std::string json;
                               json.reserve(256 + result.url.size() + result.vcmeta.size());
                               wire::append_json(json, result);
                               reply.send(record.finish(json_response(200, std::move(json))));
                             });
  };
  return net::BufferBody{.bytes_max = wire::kSingleRequestBytesMax, .then = std::move(answer)};
}

net::BodyPlan NegotiateEndpoint::batch(RequestRecord record, const net::RequestHead& head) {
  auto base = base_url(head);
  if (!base) {
    return record.finish(base.error());
  }
  const std::uint64_t length = head.content_length().value_or(0);
  if (length > wire::kBatchRequestBytesMax) {
    return record.finish(body_too_large(length, wire::kBatchRequestBytesMax));
  }
  auto answer = [this, record = std::move(record), base = *std::move(base)](
                    const std::string& body, net::Reply reply) mutable {
    auto requests = wire::parse_batch_request(body);
    if (!requests) {
      return reply.send(record.finish(requests.error()));
    }
    const Caller caller = record.caller;
    services_.negotiator.batch(
        caller, *std::move(requests), std::move(base),
        [this, record = std::move(record),
         reply = std::move(reply)](const std::vector<wire::NegotiateReply>& results) mutable {
          services_.journal.metrics().observe_negotiation(record.age());
          reply.send(record.finish(json_response(200, wire::batch_reply_json(results))));
        });
  };
  return net::BufferBody{.bytes_max = wire::kBatchRequestBytesMax, .then = std::move(answer)};
}

net::BodyPlan NegotiateEndpoint::report(RequestRecord record, const net::RequestHead& head) {
  const std::uint64_t length = head.content_length().value_or(0);
  if (length > kReportBytesMax) {
    return record.finish(body_too_large(length, kReportBytesMax));
  }
  return net::BufferBody{.bytes_max = kReportBytesMax,
                         .then = [this, record = std::move(record)](const std::string& body,
                                                                    net::Reply reply) mutable {
                           look_again(record, body);
                           reply.send(record.finish(net::Response{.status = 204}));
                         }};
}

void NegotiateEndpoint::look_again(const RequestRecord& record, std::string_view body) {
  const auto report = wire::parse_report(body);
  const auto hash = report ? Digest::parse(report->hash) : fail(Errc::invalid, "no report");
  if (!hash || reports_.refuse(record.caller->subject)) {
    return;
  }
  for (const wire::Scope& scope : record.caller->read) {
    if (scope.text() != report->scope) {
      continue;
    }
    const auto key = wire::ObjectKey::native(scope, *hash);
    services_.journal.log().warn(
        "a reader reports a bad artifact",
        {{"request_id", record.request_id()},
         {"subject", record.caller->subject},
         {"key", key.text()},
         {"reason", std::string_view(report->reason).substr(0, kReasonBytesLogged)}});
    services_.existence.forget(key);
    services_.lookups.ask({key}, [](const std::vector<Answer>&) {});
  }
}

}  // namespace vc::gateway
