#include "storage/upload_terms.hpp"

#include "wire/vcmeta.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace vc::storage {

namespace {

// A table, not comparisons: this runs over a kilobyte for every upload ticket.
constexpr auto kIsBase64url = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz-_")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace

Result<void> check_vcmeta(std::string_view vcmeta) {
  if (vcmeta.size() > wire::kVcmetaBytesMax) {
    return fail(Errc::too_large, "vcmeta has more than 1536 bytes", "shorten the provenance");
  }
  if (!std::ranges::all_of(vcmeta,
                           [](char c) { return kIsBase64url[static_cast<unsigned char>(c)]; })) {
    return fail(Errc::invalid, "vcmeta is not base64url");
  }
  return {};
}

Result<void> check_terms(const UploadTerms& terms, const DriverLimits& limits) {
  if (!terms.size_bytes && limits.needs_size) {
    return fail(Errc::invalid, "this store needs the size of an upload beforehand", "state `size`");
  }
  if (terms.size_bytes && *terms.size_bytes > limits.object_bytes_max) {
    return fail(Errc::too_large, "artifacts have at most " +
                                     std::to_string(limits.object_bytes_max) + " bytes here");
  }
  return check_vcmeta(terms.vcmeta);
}

Result<void> check_body(const UploadTerms& terms, std::uint64_t size_bytes, const Digest& sha256) {
  if (terms.size_bytes && *terms.size_bytes != size_bytes) {
    return fail(Errc::corrupt, "the body has " + std::to_string(size_bytes) + " bytes, announced " +
                                   std::to_string(*terms.size_bytes));
  }
  if (terms.sha256 && *terms.sha256 != sha256) {
    return fail(Errc::corrupt,
                "the body's SHA-256 is " + sha256.hex() + ", announced " + terms.sha256->hex());
  }
  return {};
}

Result<void> check_mode(const wire::ObjectKey& key, PutMode mode) {
  if (mode == PutMode::replace && key.name_space() == wire::ObjectKey::kNativeNamespace) {
    return fail(Errc::denied, "artifacts of the native namespace are never replaced");
  }
  return {};
}

}  // namespace vc::storage
