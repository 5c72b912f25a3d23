#include "agent/fingerprint/tool_question.hpp"

#include "core/files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 11> kVersionArguments{
    "--version",    "-version",         "-V",           "-v",      "-vV",      "-VV",
    "-dumpversion", "-dumpfullversion", "-dumpmachine", "version", "--verbose"};

bool is_version_question(const std::vector<std::string>& argv) {
  return argv.size() > 1 && std::all_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
           return std::ranges::find(kVersionArguments, word) != kVersionArguments.end();
         });
}

bool lies_in(const fs::path& file, const fs::path& directory) {
  const auto [in_directory, in_file] = std::ranges::mismatch(directory, file);
  return in_directory == directory.end();
}

}  // namespace

bool asks_program_alone(const ToolCommand& command) {
  if (!is_version_question(command.argv)) {
    return false;
  }
  std::error_code error;
  const fs::path program = fs::canonical(command.executable, error);
  const fs::path root = error ? fs::path() : fs::canonical(command.directory, error);
  struct stat status{};
  if (error || ::stat(program.c_str(), &status) != 0 || status.st_nlink != 1) {
    return false;
  }
  // A link of a virtual environment leads out of the workspace, but is found in it.
  if (lies_in(program, root) || lies_in(fs::path(command.executable).lexically_normal(), root)) {
    return false;
  }
  // "python" -> "python3.11" is a version of it; "rustc" -> "rustup" is not.
  return program.filename().native().contains(fs::path(command.executable).filename().native());
}

}  // namespace vc::agent
