// NegotiateEndpoint: the JSON requests of the native protocol: negotiate, batch, report.
#pragma once

#include "gateway/rate_limiter.hpp"
#include "gateway/services.hpp"
#include "net/http_server.hpp"

#include <string>

namespace vc::gateway {

class NegotiateEndpoint {
 public:
  // `public_url` empty: from each request's own headers.
  NegotiateEndpoint(const Services& services, std::string public_url);

  net::BodyPlan single(RequestRecord record, const net::RequestHead& head);
  net::BodyPlan batch(RequestRecord record, const net::RequestHead& head);

  // A reader found an artifact wanting: look again. Answers 204 whatever it says, so that nothing
  // can be learnt from the answer.
  net::BodyPlan report(RequestRecord record, const net::RequestHead& head);

 private:
  Result<std::string> base_url(const net::RequestHead& head) const;
  void look_again(const RequestRecord& record, std::string_view body);

  Services services_;
  std::string public_url_;
  RateLimiter reports_;
};

}  // namespace vc::gateway
