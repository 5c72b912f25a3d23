#include "agent/remote/remembered_rights.hpp"

#include "core/digest.hpp"

#include <fmt/core.h>

#include <charconv>
#include <string>

namespace vc::agent {

namespace {

constexpr std::uint64_t kRightsBytesMax = 64 << 10;

fs::path file_of(const fs::path& state_directory, std::string_view url, std::string_view token) {
  return state_directory / "rights" / identity_of(url, token).hex();
}

}  // namespace

Digest identity_of(std::string_view url, std::string_view token) {
  Hasher hasher;
  hasher.update(fmt::format("velocity remote identity\n{}\n{}\n", url.size(), token.size()));
  hasher.update(url);
  hasher.update(token);
  return hasher.finish();
}

std::optional<RememberedRights> recall_rights(const fs::path& state_directory, std::string_view url,
                                              std::string_view token, TimePoint now) {
  const auto text = read_file_if_exists(file_of(state_directory, url, token), kRightsBytesMax)
                        .value_or(std::nullopt);
  if (!text) {
    return std::nullopt;
  }
  // When, in milliseconds since the epoch, a line feed, then the gateway's own words.
  const std::string_view all = *text;
  const std::size_t line = all.find('\n');
  const std::string_view when = all.substr(0, line);
  std::int64_t asked_ms = 0;
  if (line == std::string_view::npos ||
      std::from_chars(when.data(), when.data() + when.size(), asked_ms).ec != std::errc{}) {
    return std::nullopt;
  }
  auto capabilities = wire::parse_capabilities(all.substr(line + 1));
  if (!capabilities) {
    return std::nullopt;
  }
  const TimePoint asked{std::chrono::milliseconds(asked_ms)};
  return RememberedRights{.capabilities = *std::move(capabilities),
                          .is_fresh = asked <= now && now - asked < kRightsAgeMax};
}

Result<void> remember_rights(const fs::path& state_directory, std::string_view url,
                             std::string_view token, const wire::Capabilities& capabilities,
                             TimePoint now) {
  return write_file_atomically(
      file_of(state_directory, url, token),
      fmt::format("{}\n{}", now.time_since_epoch().count(), wire::to_json(capabilities)),
      Durability::none, 0600);
}

void forget_rights(const fs::path& state_directory, std::string_view url, std::string_view token) {
  std::error_code ignored;
  fs::remove(file_of(state_directory, url, token), ignored);
}

}  // namespace vc::agent
