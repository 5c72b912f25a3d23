// The agent's own directory in a workspace, `<root>/.velocity`, and the names below it.
#pragma once

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace vc::agent {

// Creates it, if need be with `.gitignore` inside that hides all of it from git. Every file of ours
// in a workspace lies below it.
Result<void> make_state_directory(const fs::path& state_directory);

// The same for a directory below it, made with its parents.
Result<void> make_state_directory(const fs::path& state_directory, std::string_view below);

// A file name for anything, however it is written: SHA-256 of it.
std::string state_name(std::string_view label);

// No writer of ours takes longer than this between two writes to a temporary file.
inline constexpr std::chrono::hours kTemporaryAgeMax{1};

// Removes files of write_file_atomically() whose writer was killed: those older than
// kTemporaryAgeMax. What cannot be removed stays.
void sweep_temporaries(const fs::path& directory, TimePoint now);

inline constexpr std::string_view kHideAllFromGit = "*\n";

// Writes that to `<directory>/.gitignore` unless there is one.
Result<void> hide_from_git(const fs::path& directory);

}  // namespace vc::agent
