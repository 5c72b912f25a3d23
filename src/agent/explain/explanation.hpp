// Explanation: what `velocity-cli why` says of one task, as text and as JSON.
#pragma once

#include "agent/explain/cause.hpp"
#include "agent/explain/remote_notes.hpp"
#include "agent/explain/run_memory.hpp"
#include "agent/run/lookup.hpp"
#include "wire/json_writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct ExplainedDifference {
  Difference difference;
  std::string text;
};

struct Explanation {
  std::string label;
  Digest key;
  Place place = Place::nowhere;
  std::optional<TaskNotes> before;  // The run compared with; nullopt: none is known.
  std::optional<SharedRun> shared;  // Which it was, when it was not one here.
  std::size_t commits_asked = 0;    // Of the remote cache, about runs at them.
  bool is_shallow = false;          // The clone: git knows no more commits than these.
  std::optional<Cause> cause;       // Without: nothing is different, or nothing is known.
  std::vector<ExplainedDifference> differences;
  // When nothing has changed since the last run: why that one ran.
  std::optional<Cause> earlier_cause;
};

// Compares with what `remote` has, unless that is null, and with the last run here where it has
// nothing.
Explanation explain(TaskId task, const RunContext& run, Place place, const RunMemory& memory,
                    RemoteNotes* remote);

// "web#build would run: src/a.ts changed since the last run here"
std::string sentence(const Explanation& explanation);
// The sentence, and below it at most `lines_max` differences.
std::string render(const Explanation& explanation, std::size_t lines_max, TimePoint now);
void write_json(wire::JsonWriter& json, const Explanation& explanation);

}  // namespace vc::agent
