#include "agent/commands/completion.hpp"

#include "agent/exit_code.hpp"

#include <fmt/core.h>

namespace vc::agent {

namespace {

constexpr std::string_view kShells = "bash zsh fish";

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

std::string names_of(std::span<const CommandDescription> commands) {
  std::vector<std::string> names;
  for (const CommandDescription& command : commands) {
    names.push_back(command.name);
  }
  return joined(names);
}

// Inside single quotes of every one of the three shells.
std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string bash_script(std::span<const CommandDescription> commands) {
  std::string out =
      "# velocity-cli completion for bash\n"
      "_velocity_cli() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" command=\"${COMP_WORDS[1]}\" words=\"\"\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n";
  out += fmt::format("    words=\"{}\"\n", names_of(commands));
  out += "  else\n    case \"$command\" in\n";
  for (const CommandDescription& command : commands) {
    std::vector<std::string> words;
    for (const FlagDescription& flag : command.flags) {
      if (flag.choices.empty()) {
        words.push_back(flag.name);
      }
      for (const std::string& choice : flag.choices) {
        words.push_back(flag.name + "=" + choice);
      }
    }
    if (command.name == "completion") {
      words.emplace_back(kShells);
    }
    out += fmt::format("      {}) words=\"{}\" ;;\n", command.name, joined(words));
  }
  out +=
      "    esac\n  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}\n"
      "complete -F _velocity_cli velocity-cli velocity\n";
  return out;
}

std::string zsh_script(std::span<const CommandDescription> commands) {
  std::string out =
      "#compdef velocity-cli velocity\n_velocity_cli() {\n  local -a commands\n  commands=(\n";
  for (const CommandDescription& command : commands) {
    out += fmt::format("    {}\n", single_quoted(command.name + ":" + command.doc));
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  case \"$words[2]\" in\n";
  for (const CommandDescription& command : commands) {
    out += fmt::format("    {}) _arguments", command.name);
    for (const FlagDescription& flag : command.flags) {
      std::string doc;
      for (const char c : flag.doc) {  // Brackets and colons divide the parts of a specification.
        doc += c == '[' || c == ']' || c == ':' ? std::string("\\") + c : std::string(1, c);
      }
      const std::string value =
          !flag.takes_value ? "" : fmt::format(":value:({})", joined(flag.choices));
      out += " " + single_quoted(fmt::format("{}{}[{}]{}", flag.name, flag.takes_value ? "=" : "",
                                             doc, value));
    }
    if (command.name == "completion") {
      out += fmt::format(" '2:shell:({})'", kShells);
    }
    out += " ;;\n";
  }
  return out + "  esac\n}\ncompdef _velocity_cli velocity-cli velocity\n";
}

std::string fish_flag(std::string_view program, std::string_view command,
                      const FlagDescription& flag) {
  const std::string values =
      flag.takes_value ? fmt::format(" -x -a {}", single_quoted(joined(flag.choices))) : "";
  return fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}' -l {} -d {}{}\n", program,
                     command, flag.name.substr(2), single_quoted(flag.doc), values);
}

std::string fish_script(std::span<const CommandDescription> commands) {
  std::string out = "# velocity-cli completion for fish\n";
  for (const std::string_view program : {"velocity-cli", "velocity"}) {
    out += fmt::format("complete -c {} -f\n", program);
    for (const CommandDescription& command : commands) {
      out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", program,
                         command.name, single_quoted(command.doc));
      for (const FlagDescription& flag : command.flags) {
        out += fish_flag(program, command.name, flag);
      }
    }
    out += fmt::format("complete -c {} -n '__fish_seen_subcommand_from completion' -a '{}'\n",
                       program, kShells);
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell,
                              std::span<const CommandDescription> commands) {
  if (shell == "zsh") {
    return zsh_script(commands);
  }
  return shell == "fish" ? fish_script(commands) : bash_script(commands);
}

int run_completion(const CompletionArguments& arguments, CommandContext& context) {
  context.out << completion_script(arguments.shell, describe_commands());
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
