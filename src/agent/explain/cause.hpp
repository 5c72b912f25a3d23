// Cause: why the key of a task is another one, followed through its dependencies to the first thing
// that somebody changed.
#pragma once

#include "agent/explain/difference.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Notes of a task when its key was that one; nullopt when nobody remembers.
using NotesLookup =
    std::function<std::optional<TaskNotes>(std::string_view label, const Digest& key)>;

struct Cause {
  std::string label;      // Of the task in which it is.
  std::string directory;  // Of that task's package.
  Difference difference;
  std::size_t others = 0;            // Differences of that task beside this one.
  std::vector<std::string> through;  // The labels from there to the task in question, itself
                                     // included; empty when the cause is its own.
};

// Names the outputs that are others in a difference of dependency outputs between the notes, where
// the notes of the one that made them are remembered.
void name_outputs(Difference& difference, const TaskNotes& before, const TaskNotes& now,
                  const NotesLookup& lookup);

// nullopt when nothing is different. Where the notes of a dependency are missing, the cause is that
// it changed.
std::optional<Cause> root_cause(const TaskNotes& before, const TaskNotes& now,
                                const NotesLookup& lookup);

// "packages/lib/src/b.ts changed (lib#build -> web#build)"
std::string sentence(const Cause& cause);

// For the line that says a task starts: "src/a.ts changed", "dependency lib#build changed
// (src/b.ts changed)".
std::string short_reason(const Cause& cause);

}  // namespace vc::agent
