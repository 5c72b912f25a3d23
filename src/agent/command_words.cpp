#include "agent/command_words.hpp"

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

constexpr std::string_view kBlanks = " \t";

// Characters that mean themselves to every POSIX shell wherever they stand.
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

// Words that a shell understands itself, or understands differently from the program of that name.
constexpr std::array<std::string_view, 50> kShellWords{
    ".",        ":",      "alias", "bg",     "break", "builtin", "case",     "cd",     "command",
    "continue", "do",     "done",  "echo",   "elif",  "else",    "esac",     "eval",   "exec",
    "exit",     "export", "fc",    "fg",     "fi",    "for",     "getopts",  "hash",   "if",
    "jobs",     "kill",   "local", "printf", "pwd",   "read",    "readonly", "return", "set",
    "shift",    "source", "test",  "then",   "times", "trap",    "type",     "ulimit", "umask",
    "unalias",  "unset",  "until", "wait",   "while"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(start);
    const std::size_t length = std::min(text.find_first_of(kBlanks), text.size());
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

bool needs_shell(std::string_view command, const std::vector<std::string>& words) {
  if (words.empty()) {
    return true;
  }
  const bool plain = std::ranges::all_of(
      command, [](char c) { return kPlain.contains(c) || kBlanks.contains(c); });
  return !plain || words.front().contains('=') ||  // An assignment.
         std::ranges::find(kShellWords, words.front()) != kShellWords.end();
}

bool is_npm_run(const std::vector<std::string>& words) {
  return words.size() >= 3 && words[0] == "npm" && (words[1] == "run" || words[1] == "run-script");
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> command_words(std::string_view command,
                                       std::span<const std::string> arguments) {
  std::vector<std::string> words = split(command);
  const bool separator =
      !arguments.empty() && is_npm_run(words) && std::ranges::find(words, "--") == words.end();
  if (!needs_shell(command, words)) {
    if (separator) {
      words.emplace_back("--");
    }
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }
  std::string script(command);
  if (separator) {
    script += " --";
  }
  for (const std::string& argument : arguments) {
    script += " " + shell_quoted(argument);
  }
  return {"/bin/sh", "-c", script};
}

}  // namespace vc::agent
