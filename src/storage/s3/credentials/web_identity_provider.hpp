// WebIdentityProvider: a token that a cluster keeps in a file, exchanged for a role's credentials.
//
// AssumeRoleWithWebIdentity of the AWS Security Token Service: what Kubernetes service accounts use
// on EKS (IRSA), and MinIO's STS besides. The request is not signed: the token is the proof.
#pragma once

#include "core/files.hpp"
#include "net/http_client.hpp"
#include "storage/s3/credentials/provider.hpp"

#include <string>

namespace vc::storage {

struct WebIdentity {
  std::string role_arn;                          // AWS_ROLE_ARN
  fs::path token_file;                           // AWS_WEB_IDENTITY_TOKEN_FILE
  std::string session_name = "velocity-server";  // AWS_ROLE_SESSION_NAME
  std::string endpoint;  // AWS_ENDPOINT_URL_STS, else "https://sts.<region>.amazonaws.com"
};

class WebIdentityProvider final : public CredentialsProvider {
 public:
  // `http` must outlive this.
  WebIdentityProvider(WebIdentity identity, net::HttpClient& http)
      : identity_(std::move(identity)), http_(http) {}

  std::string_view name() const override { return "web identity"; }

  // The file is read each time: its token is renewed under the same name.
  Result<Credentials> fetch(std::stop_token stop) override;

 private:
  Result<std::string> token() const;

  const WebIdentity identity_;
  net::HttpClient& http_;
};

// Errc::invalid for a region that is none. China's regions have a domain of their own.
Result<std::string> sts_endpoint(std::string_view region);

}  // namespace vc::storage
