#include "storage/s3/object_headers.hpp"

#include "core/assert.hpp"

#include <charconv>
#include <ctime>

namespace vc::storage {

namespace {

std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// x-amz-expiration: expiry-date="Fri, 23 Dec 2012 00:00:00 GMT", rule-id="..."
std::optional<TimePoint> announced_expiry(std::string_view text) {
  constexpr std::string_view kDate = "expiry-date=\"";
  const std::size_t begin = text.find(kDate);
  if (begin == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view date = text.substr(begin + kDate.size());
  return parse_http_date(date.substr(0, date.find('"')));
}

}  // namespace

net::Headers upload_headers(const StoreDialect& dialect, const UploadTerms& terms,
                            const StoreTraits& traits, PutMode mode) {
  VC_ASSERT(terms.size_bytes);
  net::Headers headers = {{"Content-Length", std::to_string(*terms.size_bytes)}};
  if (mode == PutMode::create_only && traits.condition == Condition::enforced) {
    headers.add(std::string(dialect.condition_header), std::string(dialect.condition_value));
  }
  if (!terms.vcmeta.empty()) {
    headers.add(std::string(dialect.vcmeta_header), terms.vcmeta);
  }
  if (terms.sha256 && traits.enforces_sha256) {
    headers.add(std::string(dialect.sha256_header), base64_encode(terms.sha256->bytes()));
  } else if (!terms.md5.empty() && traits.enforces_md5) {
    headers.add("Content-MD5", terms.md5);
  }
  return headers;
}

Result<ObjectInfo> object_info(const StoreDialect& dialect, const net::Headers& headers) {
  const auto length = parse_length(headers.find("Content-Length").value_or(""));
  if (!length) {
    return fail(Errc::unavailable, "the store does not say how long the object is");
  }
  return ObjectInfo{
      .size_bytes = *length,
      .vcmeta = std::string(headers.find(dialect.vcmeta_header).value_or("")),
      .expires_at = announced_expiry(headers.find(dialect.expiration_header).value_or(""))};
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  std::tm fields{};
  const std::string copy(text);
  const char* const end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
  if (end == nullptr || *end != '\0') {
    return std::nullopt;
  }
  return TimePoint(std::chrono::seconds(::timegm(&fields)));
}

}  // namespace vc::storage
