#include "storage/s3/credentials/checked_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace vc::storage {

namespace {

constexpr std::size_t kFractionDigitsMax = 9;

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "dddd-dd-ddTdd:dd:dd".
bool has_shape_of_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  return std::ranges::equal(
      text, kShape, [](char c, char shape) { return shape == '0' ? is_digit(c) : c == shape; });
}

unsigned number_at(std::string_view text, std::size_t at, std::size_t digits) {
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, value);
  return value;
}

}  // namespace

Result<Credentials> checked_credentials(Credentials credentials) {
  struct Part {
    std::string_view name;
    std::string_view text;
    std::size_t bytes_max;
  };

  const Part parts[] = {
      {.name = "access key id",
       .text = credentials.access_key_id,
       .bytes_max = kAccessKeyIdBytesMax},
      {.name = "secret access key",
       .text = credentials.secret_access_key,
       .bytes_max = kSecretBytesMax},
      {.name = "session token",
       .text = credentials.session_token,
       .bytes_max = kSessionTokenBytesMax},
  };
  for (const auto& [name, text, bytes_max] : parts) {
    if (text.empty() && name != "session token") {
      return fail(Errc::invalid, fmt::format("the {} is missing", name));
    }
    if (text.size() > bytes_max) {
      return fail(Errc::invalid, fmt::format("the {} has more than {} bytes", name, bytes_max));
    }
    if (!is_visible_ascii(text)) {
      return fail(Errc::invalid, fmt::format("the {} has spaces or characters beyond ASCII", name));
    }
  }
  return credentials;
}

std::optional<TimePoint> parse_expiration(std::string_view text) {
  constexpr std::size_t kWholeSeconds = 19;
  if (!text.ends_with('Z') || text.size() <= kWholeSeconds ||
      !has_shape_of_time(text.substr(0, kWholeSeconds))) {
    return std::nullopt;
  }
  const std::string_view fraction = text.substr(kWholeSeconds, text.size() - kWholeSeconds - 1);
  if (!fraction.empty() &&
      (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > 1 + kFractionDigitsMax ||
       !std::ranges::all_of(fraction.substr(1), is_digit))) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number_at(text, 0, 4))),
                                         std::chrono::month(number_at(text, 5, 2)),
                                         std::chrono::day(number_at(text, 8, 2))};
  const unsigned hour = number_at(text, 11, 2);
  const unsigned minute = number_at(text, 14, 2);
  const unsigned second = number_at(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) {  // 60 is a leap second.
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace vc::storage
