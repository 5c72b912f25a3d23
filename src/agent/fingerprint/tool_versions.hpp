// ToolVersions: what the commands under `tools` print, e.g. `node --version`.
//
// A version that a program tells of itself (tool_question.hpp) is remembered for as long as the
// program is the same file (path, inode, size, mtime, ctime), the files that select versions are,
// and the environment is. Anything else is asked once a run. A command is a program and its
// arguments; there is no shell, because then there would be no telling what the answer depends on.
#pragma once

#include "agent/fingerprint/tool_cache.hpp"
#include "agent/tool_runner.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class ToolVersions {
 public:
  // `cache` and `runner` must outlive this. Commands run in `root`.
  ToolVersions(fs::path root, ToolCache& cache, ToolRunner& runner)
      : root_(std::move(root)), cache_(cache), runner_(runner) {}

  // `environment` is the task's; what differs from session to session is left out of it.
  // The errors name the command.
  Result<std::string> output_of(const std::string& command,
                                std::map<std::string, std::string> environment);

 private:
  fs::path root_;
  ToolCache& cache_;
  ToolRunner& runner_;
  std::map<Digest, std::string> told_;  // In this run.
};

// Splits at blanks; single and double quotes keep them. Errc::invalid for anything a shell would
// treat in a special way.
Result<std::vector<std::string>> tool_words(std::string_view command);

}  // namespace vc::agent
