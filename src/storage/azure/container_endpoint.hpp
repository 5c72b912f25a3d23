// ContainerEndpoint: where a container is: the URL of a blob, and the name a signature covers.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

struct ContainerAddress {
  std::string url;  // Of the blob service: "http://127.0.0.1:10000/account"; "" is Azure itself.
  std::string account;
  std::string container;
};

class ContainerEndpoint {
 public:
  // Errc::invalid for a URL that is not http(s)://host[:port][/path], and for what "Naming and
  // referencing containers, blobs, and metadata" does not allow as the name of a container or of
  // an account.
  static Result<ContainerEndpoint> create(const ContainerAddress& address);

  // Without a query, encoded; "" is the container itself.
  std::string url_of(std::string_view blob) const;

  // What is signed: "/blob/account/container/blob", not encoded. The same wherever the service is.
  std::string canonical_resource(std::string_view blob) const;

  const std::string& account() const { return account_; }

  bool is_https() const { return origin_.starts_with("https://"); }

  // Not an emulator or somebody else's server.
  bool is_azure() const { return is_azure_; }

 private:
  ContainerEndpoint() = default;

  std::string origin_;
  std::string container_path_;  // "/cache", or "/account/cache" where the URL has the account.
  std::string account_;
  std::string container_;
  bool is_azure_ = false;
};

}  // namespace vc::storage
