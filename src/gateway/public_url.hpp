// The URL under which the caller reaches this gateway: what relative tickets are put behind.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::gateway {

// "https://cache.example/base/" as configured, without the final slash. Errc::invalid for anything
// that is not http(s)://host[:port][/path].
Result<std::string> parse_public_url(std::string_view text);

// What a request says about the way it came.
struct RequestOrigin {
  std::string_view host;             // Host
  std::string_view forwarded_host;   // X-Forwarded-Host; of a list the first counts.
  std::string_view forwarded_proto;  // X-Forwarded-Proto, likewise.
};

// The answer goes to the one who sent these headers and to nobody else, so they may be believed as
// long as they are well-formed. Errc::invalid for a host that is none.
Result<std::string> public_url_of(const RequestOrigin& origin);

}  // namespace vc::gateway
