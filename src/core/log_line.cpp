#include "core/log_line.hpp"

#include "core/utf8.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>

namespace vc {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "";
}

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "\x1b[2m";
    case LogLevel::info:
      return "\x1b[32m";
    case LogLevel::warn:
      return "\x1b[33m";
    case LogLevel::error:
      return "\x1b[31m";
  }
  return "";
}

// The C0 and C1 controls and DEL: terminals obey them, in UTF-8 too.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

void append_escaped(std::string& line, Utf8Character character, std::string_view bytes) {
  if (!character.valid) {
    line += kReplacement;
  } else if (character.value == '\n') {
    line += "\\n";
  } else if (character.value == '\t') {
    line += "\\t";
  } else if (is_control(character.value)) {
    fmt::format_to(std::back_inserter(line), "\\u{:04x}",
                   static_cast<std::uint32_t>(character.value));
  } else {
    line += bytes;
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    if (character.value == '"' || character.value == '\\') {
      line += '\\';
    }
    append_escaped(line, character, text.substr(0, character.size));
    text.remove_prefix(character.size);
  }
  line += '"';
}

void append_plain(std::string& line, std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    append_escaped(line, character, text.substr(0, character.size));
    text.remove_prefix(character.size);
  }
}

// A value that reads as one word needs no quotes.
bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" =\"\\") == std::string_view::npos;
}

struct AppendJson {
  std::string& line;

  void operator()(std::string_view text) const { append_quoted(line, text); }

  void operator()(std::int64_t number) const { line += fmt::to_string(number); }

  // JSON has no word for infinity or not-a-number.
  void operator()(double number) const {
    line += std::isfinite(number) ? fmt::to_string(number) : "null";
  }

  void operator()(bool value) const { line += value ? "true" : "false"; }
};

struct AppendHuman {
  std::string& line;

  void operator()(std::string_view text) const {
    if (is_word(text)) {
      append_plain(line, text);
    } else {
      append_quoted(line, text);
    }
  }

  void operator()(std::int64_t number) const { line += fmt::to_string(number); }

  void operator()(double number) const { line += fmt::to_string(number); }

  void operator()(bool value) const { line += value ? "true" : "false"; }
};

}  // namespace

std::string json_log_line(const LogEvent& event) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(event.time);
  std::string line = fmt::format(R"({{"ts":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","msg":)",
                                 seconds, (event.time - seconds).count(), name_of(event.level));
  append_quoted(line, event.message);
  for (const LogField& field : event.fields) {
    line += ',';
    append_quoted(line, field.name);
    line += ':';
    std::visit(AppendJson{line}, field.value);
  }
  line += '}';
  return line;
}

std::string human_log_line(const LogEvent& event, LogColour colour) {
  const bool coloured = colour == LogColour::on;
  std::string line = fmt::format(
      "{:%H:%M:%S} {}{:<5}{} ", std::chrono::floor<std::chrono::seconds>(event.time),
      coloured ? colour_of(event.level) : "", name_of(event.level), coloured ? "\x1b[0m" : "");
  append_plain(line, event.message);
  for (const LogField& field : event.fields) {
    line += "  ";
    append_plain(line, field.name);
    line += '=';
    std::visit(AppendHuman{line}, field.value);
  }
  return line;
}

}  // namespace vc
