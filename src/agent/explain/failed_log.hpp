// The log of a task that failed the last time, for `velocity-cli logs`: a result has its log in its
// output record, a failure leaves no record.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

Result<void> write_failed_log(const fs::path& state_directory, std::string_view label,
                              std::string_view encoded_log);
std::optional<std::string> read_failed_log(const fs::path& state_directory, std::string_view label);
// Whether any task's failure is kept.
bool has_failed_logs(const fs::path& state_directory);
// Once the task has succeeded.
void remove_failed_log(const fs::path& state_directory, std::string_view label);

}  // namespace vc::agent
