// Log: structured lines, one event each: JSON for machines, a readable line on a terminal.
//
// Passed by reference, never global. Safe for concurrent use. What is secret (tokens, presigned
// URLs, query strings) must not be handed in: nothing is filtered here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace vc {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { json, human };

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  // No aggregate, so that a call reads as pairs: `{{"key", key}, {"bytes", bytes}}`.
  LogField(std::string_view field_name, Value field_value) : name(field_name), value(field_value) {}

  std::string_view name;
  Value value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;

  void debug(std::string_view m, std::initializer_list<LogField> f = {}) {
    at(LogLevel::debug, m, f);
  }

  void info(std::string_view m, std::initializer_list<LogField> f = {}) {
    at(LogLevel::info, m, f);
  }

  void warn(std::string_view m, std::initializer_list<LogField> f = {}) {
    at(LogLevel::warn, m, f);
  }

  void error(std::string_view m, std::initializer_list<LogField> f = {}) {
    at(LogLevel::error, m, f);
  }

 private:
  void at(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (enabled(level)) {
      write(level, message, fields);
    }
  }
};

// Writes to standard error through spdlog:
// `{"ts":"2026-11-22T19:04:05.123Z","level":"info","msg":"...","field":1}` or, human, `19:04:05
// info  message  field=1`. JSON strings are escaped and invalid UTF-8 replaced.
std::unique_ptr<Log> make_log(LogFormat format, LogLevel level);

class NullLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return false; }

  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace vc
