#include "agent/scripts/script_call.hpp"

#include "agent/output_path.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vc::agent {

namespace {

constexpr std::string_view kSpecialToPnpm = "#!\"$&'()*,:;<=>?@[\\]^`{|}";

// What yarn 1 does not take for a script, and a script with the name of npm's verb.
constexpr std::array<std::string_view, 47> kYarnCommands{"access",
                                                         "add",
                                                         "audit",
                                                         "autoclean",
                                                         "bin",
                                                         "cache",
                                                         "check",
                                                         "config",
                                                         "create",
                                                         "dedupe",
                                                         "exec",
                                                         "generate-lock-entry",
                                                         "generateLockEntry",
                                                         "global",
                                                         "help",
                                                         "import",
                                                         "info",
                                                         "init",
                                                         "install",
                                                         "licenses",
                                                         "link",
                                                         "list",
                                                         "lockfile",
                                                         "login",
                                                         "logout",
                                                         "node",
                                                         "outdated",
                                                         "owner",
                                                         "pack",
                                                         "policies",
                                                         "prune",
                                                         "publish",
                                                         "remove",
                                                         "run-script",
                                                         "set",
                                                         "tag",
                                                         "team",
                                                         "unlink",
                                                         "unplug",
                                                         "upgrade",
                                                         "upgrade-interactive",
                                                         "upgradeInteractive",
                                                         "version",
                                                         "versions",
                                                         "why",
                                                         "workspace",
                                                         "workspaces"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The way of npm since version 8: words without special characters as they are, others in single
// quotes, without the empty pairs of quotes that an apostrophe leaves.
std::string quoted_by_npm(const std::string& argument) {
  if (argument.empty()) {
    return "''";
  }
  if (argument.find_first_of("\t\n\r \"#$&'()*;<>?\\`|~") == std::string::npos) {
    return argument;
  }
  std::string quoted = argument;
  replace_all(quoted, "'", "'\\''");
  quoted = "'" + quoted + "'";
  std::size_t empty_pairs = 0;
  while (quoted.substr(empty_pairs).starts_with("''") && empty_pairs + 2 < quoted.size()) {
    empty_pairs += 2;
  }
  quoted.erase(0, empty_pairs);
  replace_all(quoted, "\\'''", "\\'");
  return quoted;
}

void escape(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (special.contains(c)) {
      out += '\\';
    }
    out += c;
  }
}

// The way of the library that pnpm uses: double quotes, single quotes or backslashes. (Inside
// single quotes it doubles backslashes, which sh does not undo: so pnpm's scripts get them
// doubled.)
std::optional<std::string> quoted_by_pnpm(const std::string& argument) {
  // Its idea of white space is Unicode's.
  if (!std::ranges::all_of(argument, [](char c) { return c >= ' ' && c < '\x7f'; })) {
    return std::nullopt;
  }
  if (argument.empty()) {
    return "''";
  }
  const bool has_apostrophe = argument.contains('\'');
  const bool has_blank_or_quote = argument.find_first_of("\" ") != std::string::npos;
  std::string quoted;
  if (has_blank_or_quote && !has_apostrophe) {
    escape(quoted, argument, "\\");
    return "'" + quoted + "'";
  }
  if (has_apostrophe) {
    escape(quoted, argument, "\"\\$`!");
    return "\"" + quoted + "\"";
  }
  for (std::size_t i = 0; i < argument.size(); ++i) {
    // What looks like a drive ("C:\\") keeps its colon.
    if (is_letter(argument[i]) && argument.substr(i + 1, 1) == ":" && i + 2 < argument.size() &&
        kSpecialToPnpm.contains(argument[i + 2])) {
      quoted += argument.substr(i, 2);
      i += 2;
    }
    if (kSpecialToPnpm.contains(argument[i])) {
      quoted += '\\';
    }
    quoted += argument[i];
  }
  return quoted;
}

// What the script gets of the words behind its name; nullopt where the manager takes some for
// itself.
std::optional<std::span<const std::string>> arguments_behind(const ScriptCall& call,
                                                             std::span<const std::string> rest) {
  if (rest.empty()) {
    return rest;
  }
  const auto separator = std::ranges::find(rest, "--");
  switch (call.manager) {
    case ScriptManager::npm:
      return separator == rest.begin() ? std::optional(rest.subspan(1)) : std::nullopt;
    case ScriptManager::pnpm:
      // It takes options of `pnpm test` for its own.
      return call.names_script() ? std::optional(rest) : std::nullopt;
    case ScriptManager::yarn:
      // Before a `--` options are its own, behind it everything is the script's.
      if (separator == rest.begin()) {
        return rest.subspan(1);
      }
      return separator == rest.end() && rest.front() != "--into" ? std::optional(rest)
                                                                 : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string ScriptCall::program() const {
  switch (manager) {
    case ScriptManager::npm:
      return "npm";
    case ScriptManager::pnpm:
      return "pnpm";
    case ScriptManager::yarn:
      return "yarn";
  }
  return {};
}

std::optional<ScriptCall> parse_script_call(std::span<const std::string> argv) {
  if (argv.size() < 2) {
    return std::nullopt;
  }
  ScriptCall call{.verb = argv[1], .script = argv[1], .arguments = {}};
  if (argv[0] == "pnpm") {
    call.manager = ScriptManager::pnpm;
  } else if (argv[0] == "yarn") {
    call.manager = ScriptManager::yarn;
  } else if (argv[0] != "npm") {
    return std::nullopt;
  }
  std::span<const std::string> rest = argv.subspan(2);
  if (call.verb == "run" || (call.verb == "run-script" && call.manager != ScriptManager::yarn)) {
    if (rest.empty()) {
      return std::nullopt;
    }
    call.script = rest.front();
    rest = rest.subspan(1);
  } else if (call.manager == ScriptManager::yarn
                 ? std::ranges::find(kYarnCommands, call.verb) != kYarnCommands.end()
                 : call.verb != "test" && call.verb != "start") {
    return std::nullopt;
  }
  // pnpm reads a leading slash as a regular expression.
  if (call.script.empty() || call.script.starts_with('-') || call.script.starts_with('/')) {
    return std::nullopt;
  }
  const auto arguments = arguments_behind(call, rest);
  if (!arguments) {
    return std::nullopt;
  }
  call.arguments.assign(arguments->begin(), arguments->end());
  return call;
}

std::optional<std::string> quoted_argument(ScriptManager manager, const std::string& argument) {
  switch (manager) {
    case ScriptManager::npm:
      return quoted_by_npm(argument);
    case ScriptManager::pnpm:
      return quoted_by_pnpm(argument);
    case ScriptManager::yarn:  // It has the library that npm's way comes from.
      return is_utf8(argument) ? std::optional(quoted_by_npm(argument)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> script_with_arguments(const ScriptCall& call, const std::string& text) {
  std::string script = text;
  for (const std::string& argument : call.arguments) {
    const auto quoted = quoted_argument(call.manager, argument);
    if (!quoted) {
      return std::nullopt;
    }
    script += " " + *quoted;
  }
  return script;
}

}  // namespace vc::agent
