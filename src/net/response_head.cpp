#include "net/response_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace vc::net {

namespace {

// Written by append_response_head() itself; a second one from a handler would contradict it.
bool is_owned_by_server(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equal_ignoring_case(name, "Date");
    case 10:
      return equal_ignoring_case(name, "Connection");
    case 14:
      return equal_ignoring_case(name, "Content-Length");
    case 17:
      return equal_ignoring_case(name, "Transfer-Encoding");
    default:
      return false;
  }
}

}  // namespace

bool carries_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::uint64_t body_bytes(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    return text->size();
  }
  return std::get<FileRange>(response.body).length;
}

bool is_well_formed(const Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::ranges::all_of(response.headers, [](const Headers::Field& field) {
           return is_field_name(field.first) && is_field_value(field.second);
         });
}

void append_response_head(std::string& out, const Response& response, const ReplyFrame& frame) {
  const auto append_number = [&](std::uint64_t number) {
    const fmt::format_int text(number);
    out.append(text.data(), text.size());
  };
  out.append("HTTP/1.1 ");
  append_number(static_cast<std::uint64_t>(response.status));
  out.push_back(' ');
  out.append(reason_phrase(response.status));
  out.append("\r\nDate: ");
  out.append(frame.date);
  for (const auto& [name, value] : response.headers) {
    if (is_owned_by_server(name)) {
      continue;
    }
    out.append("\r\n");
    out.append(name);
    out.append(": ");
    out.append(value);
  }
  if (carries_body(response.status)) {
    out.append("\r\nContent-Length: ");
    append_number(body_bytes(response));
  }
  if (!frame.keep_alive) {
    out.append("\r\nConnection: close");
  } else if (frame.http10) {
    out.append("\r\nConnection: keep-alive");
  }
  out.append("\r\n\r\n");
}

std::string http_date(std::int64_t unix_seconds) {
  // Not strftime: its names follow the locale.
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                     kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace vc::net
