#include "agent/remote/gateway.hpp"

#include <fmt/core.h>

namespace vc::agent {

namespace {

constexpr std::string_view kConnecting = "be reached";
constexpr std::string_view kNegotiating = "negotiate";

}  // namespace

Result<wire::Capabilities> Gateway::capabilities(const std::stop_token& stop) {
  VC_TRY(const std::string body,
         exchange(request("GET", "/v1/capabilities", {}), kConnecting, stop));
  auto parsed = wire::parse_capabilities(body);
  if (!parsed) {
    // Some other server lives at this URL.
    Error error = std::move(parsed).error();
    error.code = Errc::invalid;
    troubles_.report(error, kConnecting);
    return std::unexpected(std::move(error));
  }
  return parsed;
}

Result<wire::NegotiateReply> Gateway::negotiate(const wire::NegotiateRequest& item,
                                                const std::stop_token& stop) {
  VC_TRY(const std::string body,
         exchange(request("POST", "/v1/negotiate", wire::to_json(item)), kNegotiating, stop));
  auto reply = wire::parse_reply(body);
  if (!reply) {
    troubles_.report(reply.error(), kNegotiating);
  }
  return reply;
}

Result<std::vector<wire::NegotiateReply>> Gateway::negotiate_batch(
    const std::vector<wire::NegotiateRequest>& requests, const std::stop_token& stop) {
  VC_TRY(const std::string body,
         exchange(request("POST", "/v1/negotiate/batch", wire::batch_request_json(requests)),
                  kNegotiating, stop));
  auto replies = wire::parse_batch_reply(body);
  if (replies && replies->size() != requests.size()) {
    replies = fail(Errc::corrupt, fmt::format("asked for {} keys, got {} answers", requests.size(),
                                              replies->size()));
  }
  if (!replies) {
    troubles_.report(replies.error(), kNegotiating);
  }
  return replies;
}

void Gateway::report(const wire::Report& report, const std::stop_token& stop) {
  const auto answer = http_.send(request("POST", "/v1/report", wire::to_json(report)), stop);
  static_cast<void>(answer);
}

net::ClientRequest Gateway::request(std::string_view method, std::string_view path,
                                    std::string body) const {
  net::ClientRequest request;
  request.method = method;
  request.url = url_ + std::string(path);
  request.body = std::move(body);
  request.timeout = kGatewayTimeout;
  request.response_bytes_max = wire::kBatchReplyBytesMax;
  if (!token_.empty()) {
    request.headers.add("Authorization", "Bearer " + token_);
  }
  if (!request.body.empty()) {
    request.headers.add("Content-Type", "application/json");
  }
  return request;
}

Result<std::string> Gateway::exchange(const net::ClientRequest& request, std::string_view doing,
                                      const std::stop_token& stop) {
  auto response = http_.send(request, stop);
  if (!response) {
    troubles_.report(response.error(), doing);
    return std::unexpected(std::move(response).error());
  }
  if (response->status != 200) {
    troubles_.report(*response, doing);
    return fail(wire::errc_of_status(response->status),
                fmt::format("the gateway answered {}", response->status));
  }
  return std::move(response->body);
}

}  // namespace vc::agent
