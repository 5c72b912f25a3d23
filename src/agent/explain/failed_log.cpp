#include "agent/explain/failed_log.hpp"

#include "agent/state_directory.hpp"
#include "agent/task_log.hpp"

namespace vc::agent {

namespace {

constexpr std::string_view kFailedDirectory = "failed";

fs::path failed_log_file(const fs::path& state_directory, std::string_view label) {
  return state_directory / kFailedDirectory / state_name(label);
}

}  // namespace

Result<void> write_failed_log(const fs::path& state_directory, std::string_view label,
                              std::string_view encoded_log) {
  VC_CHECK(make_state_directory(state_directory, kFailedDirectory));
  return write_file_atomically(failed_log_file(state_directory, label), encoded_log);
}

std::optional<std::string> read_failed_log(const fs::path& state_directory,
                                           std::string_view label) {
  auto log = read_file(failed_log_file(state_directory, label), kEncodedLogBytesMax);
  return log ? std::optional(*std::move(log)) : std::nullopt;
}

bool has_failed_logs(const fs::path& state_directory) {
  std::error_code absent;
  return !fs::is_empty(state_directory / kFailedDirectory, absent) && !absent;
}

void remove_failed_log(const fs::path& state_directory, std::string_view label) {
  std::error_code ignored;
  fs::remove(failed_log_file(state_directory, label), ignored);
}

}  // namespace vc::agent
