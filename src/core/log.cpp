#include "core/log.hpp"

#include "core/log_line.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <unistd.h>

#include <cstdlib>
#include <span>

namespace vc {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

// https://no-color.org: set and not empty means no colour.
LogColour colour_of_stderr() {
  const char* const no_color = std::getenv("NO_COLOR");
  const bool forbidden = no_color != nullptr && *no_color != '\0';
  return !forbidden && ::isatty(STDERR_FILENO) == 1 ? LogColour::on : LogColour::off;
}

// Logs from any thread: the sink takes a lock and writes each line with one call.
class StderrLog final : public Log {
 public:
  StderrLog(LogFormat format, LogLevel level)
      : format_(format),
        colour_(colour_of_stderr()),
        logger_("velocity", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(spdlog_level(level));
    logger_.set_pattern("%v");  // The line is ours.
  }

  bool enabled(LogLevel level) const override { return logger_.should_log(spdlog_level(level)); }

  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    const LogEvent event{.time = clock_.now(),
                         .level = level,
                         .message = message,
                         .fields = std::span(fields.begin(), fields.size())};
    logger_.log(spdlog_level(level),
                spdlog::string_view_t(format_ == LogFormat::json ? json_log_line(event)
                                                                 : human_log_line(event, colour_)));
  }

 private:
  SystemClock clock_;
  LogFormat format_;
  LogColour colour_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_log(LogFormat format, LogLevel level) {
  return std::make_unique<StderrLog>(format, level);
}

}  // namespace vc
