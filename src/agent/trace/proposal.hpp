// Proposal: what to add to the definition of a traced task, in as few readable patterns as say it.
// Pure: from a report and what the definition says already.
#pragma once

#include "agent/trace/trace_report.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct ProposalBasis {
  bool has_inputs = true;          // An `inputs` list, not the default inputs.
  std::set<std::string> packages;  // Names of those that the task's package uses directly.
};

struct Proposal {
  std::string task;  // Its label.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> depends_on;
  std::vector<std::string> global_inputs;  // What `inputs` cannot name.
  std::vector<std::string> notes;          // What no key can say, one sentence each.

  bool changes_anything() const {
    return !inputs.empty() || !outputs.empty() || !depends_on.empty() || !global_inputs.empty();
  }
};

Proposal propose(const TraceReport& report, const ProposalBasis& basis);

// Whether files of different kinds in one directory may become `directory/**`.
enum class Grouping { by_extension, by_directory };

// Patterns that match all of the files: three or more of one kind in a directory become one.
// A path that ends in '/' stands for the names in that directory, and for all below it when
// `by_extension`.
std::vector<std::string> fewest_globs(const std::vector<std::string>& paths, Grouping grouping);

}  // namespace vc::agent
