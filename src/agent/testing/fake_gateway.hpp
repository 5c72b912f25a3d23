// FakeGateway: a gateway and its store in memory, behind HttpClient: real negotiation, real seals,
// first write wins; and a place to put faults.
#pragma once

#include "core/files.hpp"
#include "core/signature.hpp"
#include "net/testing/scripted_http.hpp"
#include "wire/capabilities.hpp"
#include "wire/negotiate.hpp"
#include "wire/vcmeta.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

class FakeGateway final : public net::HttpClient {
 public:
  static constexpr std::string_view kUrl = "http://cache.test";
  static constexpr std::string_view kStore = "http://store.test";
  static constexpr std::string_view kToken = "a-token-for-tests";

  struct Object {
    std::string body;
    std::string vcmeta;
  };

  using Answer = Result<net::ClientResponse>;
  // Asked before every request, with its number among those of the same method and path (from 1;
  // queries and keys are not part of a path). A value is given back instead of an answer.
  using Fault = std::function<std::optional<Answer>(std::string_view route, int number)>;

  FakeGateway() {
    rights.read_scopes = {"default"};
    rights.write_scope = "default";
    rights.batch_items_max = wire::kBatchItemsMax;
    rights.subject = "token:default";
    rights.seal_keys.push_back({.id = seal_key.verify_key().id(),
                                .public_key = base64url_encode(seal_key.verify_key().raw())});
  }

  Answer send(const net::ClientRequest& request, const Receiver& receiver,
              std::stop_token stop) override {
    if (stop.stop_requested()) {
      return fail(Errc::canceled, "stopped");
    }
    const std::scoped_lock lock(mutex);
    const std::string route = route_of(request);
    const int number = ++counts[route];
    if (request.headers.find("authorization")) {
      authorized_urls.push_back(request.url);
    }
    if (fault) {
      if (auto instead = fault(route, number)) {
        return net::ScriptedHttp::delivered(*std::move(instead), receiver);
      }
    }
    return net::ScriptedHttp::delivered(answer(route, request), receiver);
  }

  // "GET /v1/capabilities", "POST /v1/negotiate/batch", "GET store", "PUT store".
  static std::string route_of(const net::ClientRequest& request) {
    if (request.url.starts_with(kStore)) {
      return request.method + " store";
    }
    return request.method + " " + request.url.substr(kUrl.size());
  }

  int count(const std::string& route) const {
    const std::scoped_lock lock(mutex);
    const auto found = counts.find(route);
    return found == counts.end() ? 0 : found->second;
  }

  int requests() const {
    const std::scoped_lock lock(mutex);
    int sum = 0;
    for (const auto& [route, number] : counts) {
      sum += number;
    }
    return sum;
  }

  // Everything below is guarded by `mutex` while a run goes on.
  mutable std::mutex mutex;
  wire::Capabilities rights;
  SigningKey seal_key = SigningKey::from_seed(as_bytes("0123456789abcdef0123456789abcdef")).value();
  std::string scope = "default";  // Where everything is.
  Fault fault;
  std::map<std::string, Object> objects;  // By key.
  std::map<std::string, int> counts;      // Requests by route.
  std::vector<std::string> authorized_urls;
  std::vector<wire::Report> reports;

 private:
  Answer answer(const std::string& route, const net::ClientRequest& request) {
    if (route == "GET /v1/capabilities") {
      return net::ClientResponse{.status = 200, .body = wire::to_json(rights)};
    }
    if (route == "POST /v1/negotiate") {
      const auto parsed = wire::parse_request(request.body);
      std::string body;
      wire::append_json(body, reply_to(parsed.value()));
      return net::ClientResponse{.status = 200, .body = body};
    }
    if (route == "POST /v1/negotiate/batch") {
      std::vector<wire::NegotiateReply> replies;
      for (const auto& item : wire::parse_batch_request(request.body).value()) {
        replies.push_back(reply_to(item.value()));
      }
      return net::ClientResponse{.status = 200, .body = wire::batch_reply_json(replies)};
    }
    if (route == "POST /v1/report") {
      reports.push_back(wire::parse_report(request.body).value());
      return net::ClientResponse{.status = 204};
    }
    return store(request);
  }

  wire::NegotiateReply reply_to(const wire::NegotiateRequest& request) {
    const std::string key = request.hash.hex();
    const auto found = objects.find(key);
    const std::string url = std::string(kStore) + "/" + key + "?signature=secret";
    if (request.action == wire::Action::download) {
      if (found == objects.end()) {
        return {.status = wire::Status::missing};
      }
      return {.status = wire::Status::found,
              .method = "GET",
              .url = url,
              .size_bytes = found->second.body.size(),
              .scope = scope,
              .vcmeta = found->second.vcmeta,
              .expires_in_s = 900};
    }
    if (found != objects.end()) {
      return {.status = wire::Status::skipped};
    }
    const std::string vcmeta = wire::seal_vcmeta({.scope = scope,
                                                  .name_space = "velocity",
                                                  .key = key,
                                                  .size_bytes = request.size_bytes,
                                                  .sha256 = request.sha256,
                                                  .duration_ms = request.duration_ms,
                                                  .provenance = request.provenance},
                                                 seal_key);
    return {.status = wire::Status::upload_needed,
            .method = "PUT",
            .url = url,
            .headers = {{"x-vcmeta", vcmeta}},
            .scope = scope,
            .expires_in_s = 900};
  }

  Answer store(const net::ClientRequest& request) {
    const std::string key = request.url.substr(kStore.size() + 1, Digest::kHexSize);
    if (request.method == "GET") {
      const auto found = objects.find(key);
      return found == objects.end()
                 ? net::ClientResponse{.status = 404}
                 : net::ClientResponse{.status = 200, .body = found->second.body};
    }
    Object object{.body = std::string(request.body_fd_bytes, '\0'),
                  .vcmeta = std::string(request.headers.find("x-vcmeta").value_or(""))};
    const auto read = pread_up_to(request.body_fd, std::as_writable_bytes(std::span(object.body)),
                                  request.body_fd_offset);
    if (!read || *read != request.body_fd_bytes) {
      return fail(Errc::io, "the body could not be read");
    }
    return net::ClientResponse{.status =
                                   objects.emplace(key, std::move(object)).second ? 201 : 412};
  }
};

}  // namespace vc::agent
