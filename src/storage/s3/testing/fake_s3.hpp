// FakeS3: an object store in memory behind HttpClient, that can be told to be a bad one.
//
// Knows what the driver and its probe ask for: PUT, GET, HEAD and DELETE of objects, PUT of the
// bucket. Signatures are not verified: that is what tests against real stores are for.
#pragma once

#include "core/bytes.hpp"
#include "net/http_client.hpp"
#include "net/testing/scripted_http.hpp"
#include "storage/s3/store_dialect.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vc::storage {

class FakeS3 final : public net::HttpClient {
 public:
  struct Habits {
    int status_of_conditional = 0;   // 501: refuses conditions; 0: answers them.
    bool ignores_condition = false;  // 200, and the object is replaced.
    int status_of_missing = 404;     // 403 where one may not list.
    bool drops_metadata = false;
    bool has_bucket = true;
    bool checks_sha256 = false;  // Takes only its own idea of a wrong one.
    std::optional<Error> unreachable;
    std::string date;
  };

  explicit FakeS3(const StoreDialect& dialect = kS3Dialect) : dialect_(dialect) {}

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

  std::size_t objects() const {
    const std::scoped_lock lock(mutex_);
    return objects_.size();
  }

 private:
  struct Object {
    std::string body;
    std::string vcmeta;
  };

  net::ClientResponse answer_to(const net::ClientRequest& request) {
    const std::size_t path = request.url.find('/', request.url.find("://") + 3);
    const std::string name = request.url.substr(path, request.url.find('?') - path);
    if (request.method == "PUT" && name.find('/', 1) == std::string::npos) {
      habits.has_bucket = true;
      return {.status = 200};
    }
    if (request.method == "PUT") {
      return put(name, request);
    }
    const auto found = objects_.find(name);
    if (found == objects_.end()) {
      return {.status = request.method == "DELETE" ? 204 : habits.status_of_missing};
    }
    if (request.method == "DELETE") {
      objects_.erase(found);
      return {.status = 204};
    }
    return {.status = 200,
            .headers = {{"Content-Length", std::to_string(found->second.body.size())},
                        {std::string(dialect_.vcmeta_header), found->second.vcmeta},
                        {"ETag", "\"tag\""}},
            .body = request.method == "GET" ? found->second.body : ""};
  }

  net::ClientResponse put(const std::string& name, const net::ClientRequest& request) {
    if (!habits.has_bucket) {
      return {.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"};
    }
    if (request.headers.find(dialect_.condition_header)) {
      if (habits.status_of_conditional != 0) {
        return {.status = habits.status_of_conditional};
      }
      if (!habits.ignores_condition && objects_.contains(name)) {
        return {.status = 412};
      }
    }
    if (habits.checks_sha256 && request.headers.find(dialect_.sha256_header)) {
      return {.status = 400, .body = "<Error><Code>BadDigest</Code></Error>"};
    }
    const auto vcmeta = request.headers.find(dialect_.vcmeta_header);
    objects_[name] = {.body = request.body,
                      .vcmeta = habits.drops_metadata ? "" : std::string(vcmeta.value_or(""))};
    return {.status = 200};
  }

  const StoreDialect dialect_;
  mutable std::mutex mutex_;
  std::vector<net::ClientRequest> requests_;
  std::map<std::string, Object> objects_;
};

}  // namespace vc::storage
