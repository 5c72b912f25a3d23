// ImdsProvider: credentials of the role of an EC2 instance, from its metadata service, version 2.
//
// A PUT gets a token that GETs must carry; no version 1. The service keeps running instances alive
// through its own outages ("static stability"): when it is down, or hands out what has expired, the
// last credentials are used on, and it is asked again soon.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "net/http_client.hpp"
#include "storage/s3/credentials/provider.hpp"

#include <optional>
#include <string>

namespace vc::storage {

class ImdsProvider final : public CredentialsProvider {
 public:
  struct Options {
    std::string endpoint = "http://169.254.169.254";  // AWS_EC2_METADATA_SERVICE_ENDPOINT
    std::string hint;  // Of errors: where else credentials were looked for.
  };

  // The references must outlive this.
  ImdsProvider(Options options, net::HttpClient& http, const Clock& clock, Log& log)
      : options_(std::move(options)), http_(http), clock_(clock), log_(log) {}

  std::string_view name() const override { return "instance metadata"; }

  Result<Credentials> fetch(std::stop_token stop) override;

 private:
  Result<std::string> ask(std::string_view method, std::string_view path, std::string_view token,
                          const std::stop_token& stop);
  Result<Credentials> ask_for_credentials(const std::stop_token& stop);
  std::optional<Credentials> used_on();

  const Options options_;
  net::HttpClient& http_;
  const Clock& clock_;
  Log& log_;
  bool warned_ = false;
  std::optional<Credentials> last_;  // With the expiry that the service told.
  TimePoint fetched_at_;
};

}  // namespace vc::storage
