// ContainerProvider: credentials from the endpoint that ECS and EKS Pod Identity give a container.
//
// The address comes from the environment, so it is held to the hosts that the AWS SDKs allow:
// anybody over https, and over http only this machine and the three addresses of those services.
// Redirects are not followed, and no proxy stands in between on those hosts.
#pragma once

#include "core/files.hpp"
#include "net/http_client.hpp"
#include "storage/s3/credentials/provider.hpp"

#include <string>

namespace vc::storage {

struct CredentialsEndpoint {
  std::string url;      // As container_url() made it.
  std::string token;    // AWS_CONTAINER_AUTHORIZATION_TOKEN
  fs::path token_file;  // AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: wins, and is read each time.
};

class ContainerProvider final : public CredentialsProvider {
 public:
  // `http` must outlive this.
  ContainerProvider(CredentialsEndpoint endpoint, net::HttpClient& http)
      : endpoint_(std::move(endpoint)), http_(http) {}

  std::string_view name() const override { return "container credentials"; }

  Result<Credentials> fetch(std::stop_token stop) override;

 private:
  Result<std::string> authorization() const;

  const CredentialsEndpoint endpoint_;
  net::HttpClient& http_;
};

// The address to ask, written anew from its parts, so that what was checked is what is used.
// `relative` is AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, `full` AWS_CONTAINER_CREDENTIALS_FULL_URI;
// the first wins. Errc::invalid for a host that is not allowed.
Result<std::string> container_url(std::string_view relative, std::string_view full);

// The bare host of a URL is this machine's or link-local: no proxy's business.
bool is_near_host(std::string_view host);

}  // namespace vc::storage
