// The canonical request: the one spelling of an HTTP request that its signature covers.
//
// As "Signature Version 4" of AWS has it for S3, which Google's V4 shares: the path is encoded once
// and never normalised, queries are sorted by their encoded form, headers are lower-case, trimmed
// and sorted.
#pragma once

#include "net/http.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::storage {

// A request as it is before anything is encoded.
struct SignableRequest {
  using Parameter = std::pair<std::string, std::string>;

  std::string method;
  std::string host;  // As the client will send it: with the port unless it is the scheme's own.
  std::string path;  // From '/' on.
  std::vector<Parameter> query;
  net::Headers headers;  // Besides Host; no name twice. The client must send exactly these.
};

// What is said of a body whose digest is not part of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// RFC 3986: everything but `A-Za-z0-9-._~` as %XX in upper case.
enum class Slash { encoded, kept };
std::string percent_encode(std::string_view text, Slash slash);

// "a=1&b=2", encoded and sorted; "" without parameters.
std::string canonical_query(const std::vector<SignableRequest::Parameter>& query);

// The headers that are signed, Host among them, in canonical form.
class CanonicalHeaders {
 public:
  explicit CanonicalHeaders(const SignableRequest& request);

  std::string names() const;  // "host;if-none-match"
  std::string lines() const;  // "host:minio:9000\nif-none-match:*\n"

 private:
  std::vector<net::Headers::Field> fields_;
};

// `query` and `headers` are those of `request`; `payload` is a digest in hex or kUnsignedPayload.
std::string canonical_request(const SignableRequest& request, std::string_view query,
                              const CanonicalHeaders& headers, std::string_view payload);

}  // namespace vc::storage
