// The head of a response as the bytes that go onto the wire.
#pragma once

#include "net/http.hpp"

#include <string>
#include <string_view>

namespace vc::net {

// What the connection, not the handler, knows about a reply.
struct ReplyFrame {
  std::string_view date;  // RFC 9110 section 5.6.7.
  bool keep_alive = true;
  bool http10 = false;
};

// RFC 9110 section 8.6: 1xx, 204 and 304 have neither body nor Content-Length.
bool carries_body(int status);
std::uint64_t body_bytes(const Response& response);

// Whether every field may be sent as it is. A handler that copied a CR or LF from a request into a
// header must not be able to write a second response.
bool is_well_formed(const Response& response);

// Appends the status line and all fields with the empty line behind them.
void append_response_head(std::string& out, const Response& response, const ReplyFrame& frame);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t unix_seconds);

}  // namespace vc::net
