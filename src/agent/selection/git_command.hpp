// GitCommand: questions to the git program about one repository.
//
// Arguments are words, never a shell's text; nothing a person or a repository says is taken for an
// option. The caller's GIT_DIR and the like (set inside hooks) do not count: the repository is the
// one around `directory`. Configured programs (fsmonitor, external diffs) are not run.
#pragma once

#include "agent/tool_runner.hpp"
#include "core/env.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::chrono::seconds kGitTimeout{120};
inline constexpr std::size_t kGitOutputBytesMax = 64ULL << 20;

class GitCommand {
 public:
  // `runner` must outlive this.
  GitCommand(ToolRunner& runner, fs::path directory, const Environment& environment);

  const fs::path& directory() const { return directory_; }

  // Errc::unavailable when there is no git, or `directory` is in no working tree of it.
  Result<void> check_repository();

  // Standard output (and what git complained about, behind it). Errc::io quotes git when it failed.
  Result<std::string> run(std::vector<std::string> arguments);

  // The records of an output with `-z`.
  Result<std::vector<std::string>> run_for_list(std::vector<std::string> arguments);

  // The commit a revision names; nullopt when it names none here.
  std::optional<std::string> commit(std::string_view revision);

 private:
  ToolRunner& runner_;
  fs::path directory_;
  std::map<std::string, std::string> environment_;
};

}  // namespace vc::agent
