// FakeAzure: a blob service in memory behind HttpClient, that can be told to be a bad one.
//
// Knows what the driver and its probe ask for: PUT, GET, HEAD and DELETE of blobs, PUT of the
// container. Believes every signature and goes by `sp` alone: what real servers verify is tested
// with one.
#pragma once

#include "net/http_client.hpp"
#include "net/testing/scripted_http.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::storage {

class FakeAzure final : public net::HttpClient {
 public:
  struct Habits {
    bool creating_replaces = false;    // sp=c is as good as sp=w.
    bool condition_is_enough = false;  // The same, but If-None-Match is looked at.
    std::string code_of_refusal = "UnauthorizedBlobOverwrite";
    int status_of_refusal = 403;
    std::optional<net::ClientResponse> answer_to_get;  // Also to HEAD.
    bool drops_metadata = false;
    bool has_container = true;
    bool compares_md5 = true;
    std::optional<Error> unreachable;
    std::string date;
  };

  Habits habits;

  Result<net::ClientResponse> send(const net::ClientRequest& request, const Receiver& receiver,
                                   std::stop_token) override {
    net::ClientResponse answer;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
      if (habits.unreachable) {
        return std::unexpected(*habits.unreachable);
      }
      answer = answer_to(request);
    }
    if (!habits.date.empty()) {
      answer.headers.add("Date", habits.date);
    }
    return net::ScriptedHttp::delivered(std::move(answer), receiver);
  }

  std::vector<net::ClientRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  std::size_t blobs() const {
    const std::scoped_lock lock(mutex_);
    return blobs_.size();
  }

  static net::ClientResponse refusal(int status, std::string code) {
    return {.status = status, .headers = {{"x-ms-error-code", std::move(code)}}, .body = ""};
  }

 private:
  struct Blob {
    std::string body;
    std::string vcmeta;
  };

  net::ClientResponse answer_to(const net::ClientRequest& request) {
    const std::string name = request.url.substr(0, request.url.find('?'));
    if (request.url.find("restype=container") != std::string::npos) {
      habits.has_container = true;
      return {.status = 201};
    }
    if (!habits.has_container) {
      return refusal(404, "ContainerNotFound");
    }
    if (request.method == "PUT") {
      return put(name, request);
    }
    const auto found = blobs_.find(name);
    if (habits.answer_to_get) {
      return *habits.answer_to_get;
    }
    if (found == blobs_.end()) {
      return refusal(404, "BlobNotFound");
    }
    if (request.method == "DELETE") {
      blobs_.erase(found);
      return {.status = 202};
    }
    return {.status = 200,
            .headers = {{"Content-Length", std::to_string(found->second.body.size())},
                        {"x-ms-meta-vcmeta", found->second.vcmeta},
                        {"ETag", "\"tag\""}},
            .body = request.method == "GET" ? found->second.body : ""};
  }

  net::ClientResponse put(const std::string& name, const net::ClientRequest& request) {
    const bool may_write = request.url.find("&sp=cw&") != std::string::npos;
    const bool conditional = request.headers.find("If-None-Match").has_value();
    const bool replaces =
        may_write || habits.creating_replaces || (habits.condition_is_enough && !conditional);
    if (blobs_.contains(name) && !replaces) {
      return refusal(habits.status_of_refusal, habits.code_of_refusal);
    }
    if (habits.compares_md5 && request.headers.find("Content-MD5")) {
      return refusal(400, "Md5Mismatch");  // Whatever it is.
    }
    const auto vcmeta = request.headers.find("x-ms-meta-vcmeta");
    blobs_[name] = {.body = request.body,
                    .vcmeta = habits.drops_metadata ? "" : std::string(vcmeta.value_or(""))};
    return {.status = 201};
  }

  mutable std::mutex mutex_;
  std::vector<net::ClientRequest> requests_;
  std::map<std::string, Blob> blobs_;
};

}  // namespace vc::storage
