// Findings: what a task did that its definition does not say: pure, from accesses and what they are
// measured against.
#pragma once

#include "agent/trace/access.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// In the order in which they are shown: what gives wrong results first.
enum class FindingKind : std::uint8_t {
  dependency_output,  // Read what another task makes, without depending on it.
  read,
  written,
  removed,
  listed,   // The names in a directory.
  checked,  // Asked for a file's existence or attributes only.
  absent,   // Looked for what is not there: it matters when it appears.
};

std::string_view name_of(FindingKind kind);
std::optional<FindingKind> finding_kind_of(std::string_view name);

struct Finding {
  FindingKind kind = FindingKind::read;
  std::string path;         // Relative to the root; ends in '/' when it stands for all below it.
                            // "./" is the root.
  std::uint64_t count = 1;  // Paths it stands for.
  std::string task;         // dependency_output: the label of the task that makes it.
  std::string created;      // written: the topmost directory on its way that the task made, or "".

  friend bool operator==(const Finding&, const Finding&) = default;
};

// What the definition of a task covers. Paths are relative to the workspace root.
class Coverage {
 public:
  virtual ~Coverage() = default;
  // A file that is in the task's key, its own or by way of a task it depends on.
  virtual bool is_input(const std::string& path) const = 0;
  // Whether a file of that name would be, if it existed.
  virtual bool would_be_input(const std::string& path) const = 0;
  // Whether the names in a directory are in the key: patterns that choose among them say so.
  virtual bool is_listing_covered(const std::string& directory) const = 0;
  virtual bool is_own_output(const std::string& path) const = 0;
  virtual bool may_hold_own_outputs(const std::string& directory) const = 0;
  // What a task makes on which this one depends, however indirectly.
  virtual bool is_dependency_output(const std::string& path) const = 0;
  // The task, of those this one does not depend on, that declares it as its output.
  virtual std::optional<std::string> maker_of(const std::string& path) const = 0;
  // Whether a lockfile in the key says what is in node_modules.
  virtual bool has_lockfile() const = 0;
};

// Sorted by kind, then path.
std::vector<Finding> find_uncovered(const std::vector<Access>& accesses, const Coverage& coverage);

}  // namespace vc::agent
