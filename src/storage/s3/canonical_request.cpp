#include "storage/s3/canonical_request.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace vc::storage {

namespace {

constexpr auto kUnreserved = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

std::string lower_case(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

// Without blanks around it, and with one space wherever there are blanks inside.
std::string single_spaced(std::string_view value) {
  std::string text;
  for (const char c : trimmed(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || !text.ends_with(' ')) {
      text.push_back(blank ? ' ' : c);
    }
  }
  return text;
}

}  // namespace

std::string percent_encode(std::string_view text, Slash slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved[byte] || (c == '/' && slash == Slash::kept)) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 0xf]);
    }
  }
  return encoded;
}

std::string canonical_query(const std::vector<SignableRequest::Parameter>& query) {
  std::vector<SignableRequest::Parameter> encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(percent_encode(name, Slash::encoded),
                         percent_encode(value, Slash::encoded));
  }
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return text;
}

CanonicalHeaders::CanonicalHeaders(const SignableRequest& request) {
  fields_.reserve(request.headers.size() + 1);
  fields_.emplace_back("host", request.host);
  for (const auto& [name, value] : request.headers) {
    fields_.emplace_back(lower_case(name), single_spaced(value));
  }
  std::ranges::sort(fields_);
}

std::string CanonicalHeaders::names() const {
  std::string text;
  for (const auto& [name, value] : fields_) {
    text.append(text.empty() ? "" : ";").append(name);
  }
  return text;
}

std::string CanonicalHeaders::lines() const {
  std::string text;
  for (const auto& [name, value] : fields_) {
    text.append(name).append(":").append(value).append("\n");
  }
  return text;
}

std::string canonical_request(const SignableRequest& request, std::string_view query,
                              const CanonicalHeaders& headers, std::string_view payload) {
  std::string text = request.method;
  text.append("\n").append(percent_encode(request.path, Slash::kept));
  text.append("\n").append(query);
  text.append("\n").append(headers.lines());
  text.append("\n").append(headers.names());
  text.append("\n").append(payload);
  return text;
}

}  // namespace vc::storage
