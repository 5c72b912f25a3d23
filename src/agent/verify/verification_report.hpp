// What `run --verify` says at its end: each cached result that is not what its task makes, and how
// many were looked at.
#pragma once

#include "agent/progress.hpp"
#include "wire/json_writer.hpp"

#include <span>
#include <string>

namespace vc::agent {

struct VerificationCounts {
  std::size_t cached = 0;  // Hits of the run.
  std::size_t verified = 0;
  std::size_t mismatches = 0;
  std::size_t not_compared = 0;
};

// `reports` by TaskId.
VerificationCounts count_verified(std::span<const TaskReport> reports);

// Ends in a newline. Names come from files of tasks and are made printable.
std::string verification_text(std::span<const TaskReport> reports, OutputLogs logs);

// The member "verification" of a task's object; nothing for a task that was not verified.
void write_verification(wire::JsonWriter& json, const TaskReport& report);

}  // namespace vc::agent
