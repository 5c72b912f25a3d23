#include "storage/url_signer.hpp"

#include "storage/upload_terms.hpp"
#include "wire/vcmeta.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace vc::storage {

namespace {

constexpr std::string_view kDomain = "velocity blob url 1";
constexpr std::string_view kExpires = "?expires=";
constexpr std::string_view kSize = "&size=";
constexpr std::string_view kSha256 = "&sha256=";
constexpr std::string_view kVcmeta = "&vcmeta=";
constexpr std::string_view kSignature = "&signature=";
constexpr std::size_t kDecimalBytesMax = std::numeric_limits<std::uint64_t>::digits10 + 1;
constexpr std::size_t kSignatureBytes = 43;  // 32 bytes in base64url.

std::uint64_t unix_seconds(const Clock& clock) {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch();
  return static_cast<std::uint64_t>(now.count());
}

void append_decimal(std::string& out, std::uint64_t value) {
  std::array<char, kDecimalBytesMax> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

void append_fixed(std::string& out, std::uint64_t value) {
  std::array<char, sizeof value> bytes;
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  out.append(bytes.data(), bytes.size());
}

// The length in front makes the encoding unambiguous: no two grants share one (B20).
void append_field(std::string& out, std::string_view field) {
  append_fixed(out, field.size());
  out.append(field);
}

struct Claims {
  std::string_view method;
  std::string_view key;
  std::uint64_t expires = 0;  // Seconds since 1970.
  const UploadTerms& terms;
};

std::string signature_of(const HmacKey& mac_key, const Claims& claims) {
  std::string message;
  message.reserve(160 + claims.key.size() + claims.terms.vcmeta.size());
  message.append(kDomain);
  append_field(message, claims.method);
  append_field(message, claims.key);
  append_fixed(message, claims.expires);
  message.push_back(claims.terms.size_bytes ? '\1' : '\0');
  append_fixed(message, claims.terms.size_bytes.value_or(0));
  append_field(message, claims.terms.sha256 ? as_text(claims.terms.sha256->bytes()) : "");
  append_field(message, claims.terms.vcmeta);
  return base64url_encode(mac_key.mac(message).bytes());
}

std::string signed_url(const HmacKey& mac_key, const Claims& claims) {
  std::string url;
  url.reserve(256 + claims.key.size() + claims.terms.vcmeta.size());
  url.append(kBlobPathPrefix).append(claims.key).append(kExpires);
  append_decimal(url, claims.expires);
  if (claims.terms.size_bytes) {
    append_decimal(url.append(kSize), *claims.terms.size_bytes);
  }
  if (claims.terms.sha256) {
    url.append(kSha256).append(claims.terms.sha256->hex());
  }
  if (!claims.terms.vcmeta.empty()) {
    url.append(kVcmeta).append(claims.terms.vcmeta);
  }
  url.append(kSignature).append(signature_of(mac_key, claims));
  return url;
}

// If `rest` begins with `name`, takes it and the value behind it, up to the next parameter.
std::optional<std::string_view> take_parameter(std::string_view& rest, std::string_view name) {
  if (!rest.starts_with(name)) {
    return std::nullopt;
  }
  rest.remove_prefix(name.size());
  const std::string_view value = rest.substr(0, rest.find('&'));
  rest.remove_prefix(value.size());
  return value;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = !text.empty() && (text.front() != '0' || text.size() == 1);
  if (error != std::errc{} || end != text.data() + text.size() || !canonical) {
    return std::nullopt;
  }
  return value;
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::invalid, std::string("malformed blob URL: ").append(what),
              "use the URL of the ticket as it is");
}

struct BlobQuery {
  std::uint64_t expires = 0;
  UploadTerms terms;
  std::string_view signature;
};

Result<BlobQuery> parse_query(std::string_view rest) {
  BlobQuery query;
  const auto expires = parse_decimal(take_parameter(rest, kExpires).value_or(""));
  if (!expires) {
    return malformed("expires");
  }
  query.expires = *expires;
  if (const auto text = take_parameter(rest, kSize)) {
    query.terms.size_bytes = parse_decimal(*text);
    if (!query.terms.size_bytes) {
      return malformed("size");
    }
  }
  if (const auto text = take_parameter(rest, kSha256)) {
    VC_TRY(query.terms.sha256, Digest::parse(*text));
  }
  if (const auto text = take_parameter(rest, kVcmeta)) {
    if (text->empty() || !check_vcmeta(*text)) {
      return malformed("vcmeta");
    }
    query.terms.vcmeta = *text;
  }
  query.signature = take_parameter(rest, kSignature).value_or("");
  if (query.signature.size() != kSignatureBytes || !rest.empty()) {
    return malformed("signature");
  }
  return query;
}

}  // namespace

Ticket UrlSigner::sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const {
  const UploadTerms none;
  const Claims claims{.method = "GET",
                      .key = key.text(),
                      .expires = unix_seconds(clock_) + static_cast<std::uint64_t>(ttl.count()),
                      .terms = none};
  return {.method = "GET", .url = signed_url(key_, claims), .headers = {}, .life = ttl};
}

Ticket UrlSigner::sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                           std::chrono::seconds ttl) const {
  const Claims claims{.method = "PUT",
                      .key = key.text(),
                      .expires = unix_seconds(clock_) + static_cast<std::uint64_t>(ttl.count()),
                      .terms = terms};
  return {.method = "PUT", .url = signed_url(key_, claims), .headers = {}, .life = ttl};
}

Result<BlobGrant> UrlSigner::verify(std::string_view method, std::string_view target) const {
  if (!target.starts_with(kBlobPathPrefix)) {
    return malformed("path");
  }
  target.remove_prefix(kBlobPathPrefix.size());
  const std::size_t path_bytes = std::min(target.find('?'), target.size());
  VC_TRY(wire::ObjectKey key, wire::ObjectKey::parse(target.substr(0, path_bytes)));
  VC_TRY(BlobQuery query, parse_query(target.substr(path_bytes)));

  // Another method than the ticket's changes the MAC, so it needs no check of its own.
  const std::string expected = signature_of(key_, {.method = method == "HEAD" ? "GET" : method,
                                                   .key = key.text(),
                                                   .expires = query.expires,
                                                   .terms = query.terms});
  if (!equal_constant_time(expected, query.signature)) {
    return fail(Errc::denied, "the signature of this URL does not fit it",
                "use method and URL of the ticket as they are, or negotiate again");
  }
  if (unix_seconds(clock_) >= query.expires) {
    return fail(Errc::denied, "this URL has expired", "negotiate again");
  }
  return BlobGrant{.key = std::move(key), .terms = std::move(query.terms)};
}

}  // namespace vc::storage
