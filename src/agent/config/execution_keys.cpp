#include "agent/config/execution_keys.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vc::agent {

namespace {

struct NumberRange {
  unsigned min = 0;
  unsigned max = 0;
};

unsigned read_number(YamlReader& reader, const YamlEntry& entry, NumberRange range,
                     unsigned otherwise) {
  const YamlNode& value = *entry.value;
  const std::string wanted =
      fmt::format("\"{}\" must be a whole number from {} to {}", entry.key, range.min, range.max);
  const auto number = parse_integer(value.text);
  const bool is_scalar = value.kind == YamlNode::Kind::scalar;
  if (!is_scalar || value.quoted || !number) {
    reader.error(codes::kWrongType, reader.position(entry), wanted,
                 is_scalar && value.quoted && number ? "remove the quotes" : "");
    return otherwise;
  }
  if (*number < range.min || *number > range.max) {
    reader.error(codes::kBadValue, reader.position(entry), wanted);
    return otherwise;
  }
  return static_cast<unsigned>(*number);
}

bool is_mutex_name(std::string_view text) {
  return !text.empty() && text.size() <= kMutexNameBytesMax &&
         std::ranges::all_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte > ' ' && byte != 0x7f;
         });
}

constexpr unsigned kPortMax = 65535;

std::optional<ReadyWhen> read_ready_text(YamlReader& reader, const YamlEntry& entry) {
  const std::string& text = entry.value->text;
  const bool is_pattern = text.size() > 2 && text.starts_with('/') && text.ends_with('/');
  if (!is_pattern) {
    if (text.empty() || text.size() > kReadyTextBytesMax || text.contains('\n')) {
      reader.error(codes::kBadValue, reader.position(entry),
                   "\"ready_when\" must be a text of one line, of 1 to 200 bytes",
                   "write what the task prints when it is ready, a /pattern/ or {port: 3000}");
      return std::nullopt;
    }
    return ReadyWhen{.kind = ReadyWhen::Kind::output_text, .text = text};
  }
  const std::string pattern = text.substr(1, text.size() - 2);
  if (const auto compiled = LinePattern::compile(pattern); !compiled) {
    reader.error(codes::kBadValue, reader.position(entry),
                 fmt::format("\"{}\" cannot be looked for: {}", text, compiled.error().message),
                 compiled.error().hint);
    return std::nullopt;
  }
  return ReadyWhen{.kind = ReadyWhen::Kind::output_pattern, .text = pattern};
}

struct TimeUnit {
  char name;
  std::chrono::seconds length;
};

constexpr std::array<TimeUnit, 3> kTimeUnits{{{.name = 'h', .length = std::chrono::hours(1)},
                                              {.name = 'm', .length = std::chrono::minutes(1)},
                                              {.name = 's', .length = std::chrono::seconds(1)}}};

}  // namespace

unsigned read_retries(YamlReader& reader, const YamlEntry& entry) {
  return read_number(reader, entry, {.min = 0, .max = kRetriesMax}, 0);
}

unsigned read_weight(YamlReader& reader, const YamlEntry& entry) {
  return read_number(reader, entry, {.min = 1, .max = kWeightMax}, 1);
}

std::chrono::seconds read_timeout(YamlReader& reader, const YamlEntry& entry) {
  const auto text = reader.text(entry);
  if (!text) {
    return std::chrono::seconds(0);
  }
  const auto timeout = parse_timeout(*text);
  if (!timeout) {
    reader.error(codes::kBadValue, reader.position(entry),
                 fmt::format("\"timeout\" is \"{}\": {}", *text, timeout.error().message),
                 timeout.error().hint);
    return std::chrono::seconds(0);
  }
  return *timeout;
}

std::vector<std::string> read_mutex(YamlReader& reader, const YamlEntry& entry) {
  constexpr std::string_view kWhat = "the name of a mutex: write a word such as \"database\"";
  std::vector<std::string> names;
  if (entry.value->kind == YamlNode::Kind::scalar) {
    if (is_mutex_name(entry.value->text)) {
      names.push_back(entry.value->text);
    } else {
      reader.error(codes::kBadValue, reader.position(entry),
                   fmt::format("\"{}\" is not {}", entry.value->text, kWhat));
    }
  } else {
    names = reader.names(entry, is_mutex_name, kWhat).value_or(std::vector<std::string>());
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

std::optional<ReadyWhen> read_ready_when(YamlReader& reader, const YamlEntry& entry) {
  if (entry.value->kind == YamlNode::Kind::scalar) {
    return read_ready_text(reader, entry);
  }
  if (entry.value->kind != YamlNode::Kind::map) {
    reader.error(codes::kWrongType, reader.position(entry),
                 "\"ready_when\" must be a text that the task prints, or a port",
                 "write ready_when: \"listening on\", or {port: 3000}");
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 1> kKnown{"port"};
  unsigned port = 0;
  for (const YamlEntry& member : reader.map(entry)) {
    if (member.key != kKnown[0]) {
      reader.unknown_key(member, kKnown);
    } else {
      port = read_number(reader, member, {.min = 1, .max = kPortMax}, 0);
    }
  }
  if (entry.value->children.empty()) {
    reader.error(codes::kBadValue, reader.position(entry), "\"ready_when\" names no port",
                 "write {port: 3000}");
  }
  if (port == 0) {
    return std::nullopt;
  }
  return ReadyWhen{.kind = ReadyWhen::Kind::port, .port = static_cast<std::uint16_t>(port)};
}

Result<std::chrono::seconds> parse_timeout(std::string_view text) {
  constexpr std::string_view kForms = "write 30s, 5m or 1h30m";
  std::chrono::seconds total{0};
  std::size_t unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc::result_out_of_range) {
      return fail(Errc::invalid, "it is longer than 7 days");
    }
    if (error != std::errc()) {
      return fail(Errc::invalid, "it is no time", std::string(kForms));
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) {
      return fail(Errc::invalid, "it has no unit", fmt::format("did you mean \"{}s\"?", text));
    }
    const auto found =
        std::find_if(kTimeUnits.begin() + static_cast<std::ptrdiff_t>(unit), kTimeUnits.end(),
                     [&](const TimeUnit& row) { return row.name == rest.front(); });
    if (found == kTimeUnits.end()) {
      return fail(Errc::invalid, "it is no time", std::string(kForms));
    }
    if (number > kTimeoutMax / found->length) {
      return fail(Errc::invalid, "it is longer than 7 days");
    }
    total += number * found->length;
    unit = static_cast<std::size_t>(found - kTimeUnits.begin()) + 1;
    rest.remove_prefix(1);
  }
  if (total > kTimeoutMax) {
    return fail(Errc::invalid, "it is longer than 7 days");
  }
  if (total == std::chrono::seconds(0)) {
    return fail(Errc::invalid, "a task needs some time",
                text.empty() ? std::string(kForms) : "leave the key out for no limit");
  }
  return total;
}

}  // namespace vc::agent
