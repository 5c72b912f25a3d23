#include "agent/fingerprint/tool_versions.hpp"

#include "agent/file_index.hpp"
#include "agent/find_executable.hpp"
#include "agent/fingerprint/tool_question.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <array>
#include <optional>

namespace vc::agent {

namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kShellCharacters = "|&;<>()$`\\\"'*?[]#~{}!\n\r";

// Version managers put programs of their own on the PATH, which ask these files what to be. The
// program's own stat does not change then.
constexpr std::array<std::string_view, 20> kSelectorsInRoot{".nvmrc",         ".node-version",
                                                            ".tool-versions", ".python-version",
                                                            ".ruby-version",  ".java-version",
                                                            ".go-version",    ".sdkmanrc",
                                                            "rust-toolchain", "rust-toolchain.toml",
                                                            "mise.toml",      ".mise.toml",
                                                            "global.json",    "go.mod",
                                                            "package.json",   ".terraform-version",
                                                            "go.work",        ".yarnrc",
                                                            ".yarnrc.yml",    ".bazelversion"};
constexpr std::array<std::string_view, 8> kSelectorsInHome{
    ".tool-versions", ".rustup/settings.toml", ".volta/tools/user/platform.json", ".pyenv/version",
    ".rbenv/version", ".nodenv/version",       ".config/mise/config.toml",        ".config/go/env"};

// No program's version depends on these, and they are new in every session.
constexpr std::array<std::string_view, 8> kSessionVariables{
    "CI", "COLORTERM", "FORCE_COLOR", "NO_COLOR", "PWD", "SSH_AUTH_SOCK", "TERM", "XDG_SESSION_ID"};

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

// Collects what an answer depends on; each text ends with a zero, which none can contain.
class Circumstances {
 public:
  void add(std::string_view text) {
    text_ += text;
    text_ += '\0';
  }

  void add_file(const std::string& path) {
    const auto status = status_of(path);
    add(path);
    if (!status) {
      add("absent");
      return;
    }
    const FileStamp stamp = FileStamp::of(*status);
    add(fmt::format("{} {} {} {} {}", stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode,
                    stamp.mode));
  }

  Digest digest() const { return sha256(text_); }

 private:
  std::string text_;
};

Digest circumstances_of(const ToolCommand& command) {
  Circumstances circumstances;
  for (const std::string& word : command.argv) {
    circumstances.add(word);
  }
  circumstances.add("");
  circumstances.add_file(command.executable);
  for (const std::string_view name : kSelectorsInRoot) {
    circumstances.add_file((command.directory / name).string());
  }
  if (const auto home = command.environment.find("HOME"); home != command.environment.end()) {
    for (const std::string_view name : kSelectorsInHome) {
      circumstances.add_file((fs::path(home->second) / name).string());
    }
  }
  for (const auto& [name, value] : command.environment) {
    circumstances.add(name);
    circumstances.add(value);
  }
  return circumstances.digest();
}

}  // namespace

Result<std::vector<std::string>> tool_words(std::string_view command) {
  std::vector<std::string> words;
  bool in_word = false;
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char c = command[at];
    if (kBlanks.find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    }
    if (!in_word) {
      words.emplace_back();
      in_word = true;
    }
    if (c == '\'' || c == '"') {
      const std::size_t end = command.find(c, at + 1);
      const std::string_view quoted =
          command.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
      if (end == std::string_view::npos ||
          (c == '"' && quoted.find_first_of("$`\\") != std::string_view::npos)) {
        return fail(Errc::invalid, "its quotes do not end, or hold what only a shell understands");
      }
      words.back() += quoted;
      at = end;
    } else if (kShellCharacters.find(c) != std::string_view::npos || c == '\0') {
      return fail(Errc::invalid, fmt::format("`{}` would need a shell", c),
                  "name a program and its arguments; what it prints to standard error counts too");
    } else {
      words.back() += c;
    }
  }
  if (words.empty() || words.front().empty()) {
    return fail(Errc::invalid, "it is empty", "name a program, e.g. \"node --version\"");
  }
  if (words.front().find('=') != std::string::npos) {
    return fail(Errc::invalid, "an assignment would need a shell",
                "set the variable in the environment and list it under `env`");
  }
  return words;
}

Result<std::string> ToolVersions::output_of(const std::string& command,
                                            std::map<std::string, std::string> environment) {
  for (const std::string_view name : kSessionVariables) {
    environment.erase(std::string(name));
  }
  const auto within = [&](Error error) {
    return std::unexpected(std::move(error).within("tool \"" + command + "\""));
  };
  auto words = tool_words(command);
  if (!words) {
    return within(std::move(words).error());
  }
  auto executable = find_executable(words->front(), root_, environment);
  if (!executable) {
    return within(std::move(executable).error().with_hint("install it, or remove it from `tools`"));
  }
  const ToolCommand tool{.executable = *std::move(executable),
                         .argv = *std::move(words),
                         .directory = root_,
                         .environment = std::move(environment)};
  const Digest key = circumstances_of(tool);
  if (const auto told = told_.find(key); told != told_.end()) {
    return told->second;
  }
  const bool may_remember = asks_program_alone(tool);
  if (may_remember) {
    if (auto known = cache_.find(key)) {
      return *std::move(known);
    }
  }
  auto output = runner_.run(tool);
  if (!output) {
    return within(std::move(output).error());
  }
  if (may_remember) {
    cache_.record(key, *output);
  }
  told_.emplace(key, *output);
  return output;
}

}  // namespace vc::agent
