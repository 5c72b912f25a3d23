#include "agent/commands/init/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace vc::agent {

namespace {

// Always in double quotes: what a plain text means depends on its first character.
std::string double_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// A name as it is usually written, in quotes when it is unusual.
std::string key(std::string_view name) {
  const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  return is_plain ? std::string(name) : double_quoted(name);
}

std::string comment_lines(const std::vector<std::string>& comments, std::string_view indent) {
  std::string text;
  for (const std::string& comment : comments) {
    // A name out of another file must not end the comment.
    std::string line = comment;
    for (char& c : line) {
      c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    text += fmt::format("{}# {}\n", indent, line);
  }
  return text;
}

std::string list(std::string_view indent, std::string_view name,
                 const std::vector<std::string>& items) {
  std::string text = fmt::format("{}{}:{}\n", indent, name, items.empty() ? " []" : "");
  for (const std::string& item : items) {
    text += fmt::format("{}  - {}\n", indent, double_quoted(item));
  }
  return text;
}

std::string list_unless_empty(std::string_view indent, std::string_view name,
                              const std::vector<std::string>& items) {
  return items.empty() ? "" : list(indent, name, items);
}

std::string task_text(const DraftTask& task) {
  constexpr std::string_view kIndent = "    ";
  std::string text = comment_lines(task.comments, "  ");
  text += fmt::format("  {}:\n    command: {}\n", key(task.name), double_quoted(task.command));
  if (task.inputs) {
    text += list(kIndent, "inputs", *task.inputs);
  }
  text += list(kIndent, "outputs", task.outputs);
  text += list_unless_empty(kIndent, "depends_on", task.depends_on);
  text += list_unless_empty(kIndent, "env", task.env);
  text += list_unless_empty(kIndent, "pass_env", task.pass_env);
  text += list_unless_empty(kIndent, "tools", task.tools);
  text += task.cache || task.persistent ? "" : "    cache: false\n";
  text += task.persistent ? "    persistent: true\n" : "";
  text += task.outputs_optional ? "    outputs_optional: true\n" : "";
  return text;
}

}  // namespace

std::string render_draft(const Draft& draft, const std::string& schema) {
  std::string text = fmt::format("# yaml-language-server: $schema={}\n", schema);
  text += R"(version: 1

# The cache your team and CI share. Set enabled to true when a velocity-server runs.
# ${VAR} is expanded in this part of the file only.
remote:
  enabled: false
  url: "http://localhost:8080"
  token: "${VC_AUTH_TOKEN}"

)";
  if (draft.packages) {
    text += list("", "packages", *draft.packages) + "\n";
  }
  if (!draft.global_inputs.empty()) {
    text += "# Files that every task depends on.\n";
    text += list("", "global_inputs", draft.global_inputs) + "\n";
  }
  if (!draft.global_env.empty()) {
    text += list("", "global_env", draft.global_env) + "\n";
  }
  text += comment_lines(draft.comments, "");
  text +=
      R"(# Tasks without inputs depend on every file of their package that git tracks or would track.
# "^task" means the task in the packages that this one uses.
pipeline:
)";
  for (std::size_t i = 0; i < draft.tasks.size(); ++i) {
    text += (i == 0 ? "" : "\n") + task_text(draft.tasks[i]);
  }
  return text;
}

}  // namespace vc::agent
