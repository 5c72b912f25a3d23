#include "net/http.hpp"

#include <algorithm>
#include <array>

namespace vc::net {

namespace {

// Beside letters and digits, what a token may have (RFC 9110 section 5.6.2).
constexpr std::string_view kTokenPunctuation = "!#$%&'*+-.^_`|~";

struct Reason {
  int status;
  std::string_view phrase;
};

// In ascending order. RFC 9110 section 15 and what is registered beside it.
constexpr auto kReasons = std::to_array<Reason>({
    {.status = 100, .phrase = "Continue"},
    {.status = 200, .phrase = "OK"},
    {.status = 201, .phrase = "Created"},
    {.status = 202, .phrase = "Accepted"},
    {.status = 204, .phrase = "No Content"},
    {.status = 206, .phrase = "Partial Content"},
    {.status = 301, .phrase = "Moved Permanently"},
    {.status = 302, .phrase = "Found"},
    {.status = 303, .phrase = "See Other"},
    {.status = 304, .phrase = "Not Modified"},
    {.status = 307, .phrase = "Temporary Redirect"},
    {.status = 308, .phrase = "Permanent Redirect"},
    {.status = 400, .phrase = "Bad Request"},
    {.status = 401, .phrase = "Unauthorized"},
    {.status = 403, .phrase = "Forbidden"},
    {.status = 404, .phrase = "Not Found"},
    {.status = 405, .phrase = "Method Not Allowed"},
    {.status = 406, .phrase = "Not Acceptable"},
    {.status = 408, .phrase = "Request Timeout"},
    {.status = 409, .phrase = "Conflict"},
    {.status = 410, .phrase = "Gone"},
    {.status = 411, .phrase = "Length Required"},
    {.status = 412, .phrase = "Precondition Failed"},
    {.status = 413, .phrase = "Content Too Large"},
    {.status = 414, .phrase = "URI Too Long"},
    {.status = 415, .phrase = "Unsupported Media Type"},
    {.status = 416, .phrase = "Range Not Satisfiable"},
    {.status = 417, .phrase = "Expectation Failed"},
    {.status = 422, .phrase = "Unprocessable Content"},
    {.status = 426, .phrase = "Upgrade Required"},
    {.status = 428, .phrase = "Precondition Required"},
    {.status = 429, .phrase = "Too Many Requests"},
    {.status = 431, .phrase = "Request Header Fields Too Large"},
    {.status = 500, .phrase = "Internal Server Error"},
    {.status = 501, .phrase = "Not Implemented"},
    {.status = 502, .phrase = "Bad Gateway"},
    {.status = 503, .phrase = "Service Unavailable"},
    {.status = 504, .phrase = "Gateway Timeout"},
    {.status = 505, .phrase = "HTTP Version Not Supported"},
    {.status = 507, .phrase = "Insufficient Storage"},
});

static_assert(std::ranges::is_sorted(kReasons, {}, &Reason::status));

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) {
           return x == y || lower(x) == lower(y);
         });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [field_name, value] : fields_) {
    if (equal_ignoring_case(field_name, name)) {
      return value;
    }
  }
  return std::nullopt;
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const Field& f) { return equal_ignoring_case(f.first, name); });
  add(std::move(name), std::move(value));
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kTokenPunctuation.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::lower_bound(kReasons, status, {}, &Reason::status);
  return found != kReasons.end() && found->status == status ? found->phrase : "Unknown";
}

}  // namespace vc::net
