#include "agent/lockfile/lock_cache.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

namespace {

constexpr std::string_view kCacheHeading = "velocity lockfile 1\n";
constexpr std::string_view kNone = "-\n";
constexpr std::size_t kLineBytes = Digest::kHexSize + 1;

// A digest and a newline off the front.
std::optional<Digest> take_digest(std::string_view& rest) {
  if (rest.size() < kLineBytes || rest[Digest::kHexSize] != '\n') {
    return std::nullopt;
  }
  const auto digest = Digest::parse(rest.substr(0, Digest::kHexSize));
  rest.remove_prefix(kLineBytes);
  return digest ? std::optional(*digest) : std::nullopt;
}

}  // namespace

std::optional<PackageDigests> load_lock_cache(const fs::path& file, const Digest& key,
                                              std::size_t packages) {
  const auto text = read_file(file);
  if (!text || !text->starts_with(kCacheHeading) ||
      text->size() < kCacheHeading.size() + Digest::kHexSize) {
    return std::nullopt;
  }
  std::string_view rest = *text;
  rest.remove_suffix(Digest::kHexSize);
  if (sha256(rest).hex() != text->substr(rest.size())) {
    return std::nullopt;
  }
  rest.remove_prefix(kCacheHeading.size());
  if (take_digest(rest) != key) {
    return std::nullopt;
  }
  PackageDigests digests;
  digests.reserve(packages);
  while (!rest.empty()) {
    if (rest.starts_with(kNone)) {
      rest.remove_prefix(kNone.size());
      digests.emplace_back(std::nullopt);
      continue;
    }
    const auto digest = take_digest(rest);
    if (!digest) {
      return std::nullopt;
    }
    digests.push_back(digest);
  }
  return digests.size() == packages ? std::optional(std::move(digests)) : std::nullopt;
}

Result<void> save_lock_cache(const fs::path& file, const Digest& key,
                             const PackageDigests& digests) {
  std::string text(kCacheHeading);
  text += key.hex() + "\n";
  for (const auto& digest : digests) {
    text += digest ? digest->hex() + "\n" : std::string(kNone);
  }
  text += sha256(text).hex();
  return write_file_atomically(file, text);
}

}  // namespace vc::agent
