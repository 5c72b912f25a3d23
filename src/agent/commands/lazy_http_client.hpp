// LazyHttpClient: a client that is made when the first request is: a run that needs no network pays
// nothing for it.
#pragma once

#include "net/http_client.hpp"

#include <memory>
#include <mutex>

namespace vc::agent {

class LazyHttpClient final : public net::HttpClient {
 public:
  Result<net::ClientResponse> send(const net::ClientRequest& request, const Receiver& receiver,
                                   std::stop_token stop) override {
    std::call_once(made_, [this] { client_ = net::make_http_client(); });
    return client_->send(request, receiver, std::move(stop));
  }

 private:
  std::once_flag made_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace vc::agent
