#include "agent/commands/init/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

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

// The keys of a task, those left out that have the values of `base` already.
class TaskText {
 public:
  TaskText(const DraftTask& task, const DraftTask& base) : task_(task), base_(base) {}

  std::string keys() {
    if (task_.command != base_.command) {
      text_ += fmt::format("{}command: {}\n", kIndent, double_quoted(task_.command));
    }
    if (task_.inputs != base_.inputs) {
      text_ += list(kIndent, "inputs", task_.inputs.value_or(std::vector<std::string>{"$default"}));
    }
    // Of a task of the workspace it is said also that nothing is kept.
    if (task_.outputs != base_.outputs || base_.command.empty()) {
      text_ += list(kIndent, "outputs", task_.outputs);
    }
    add("depends_on", &DraftTask::depends_on);
    add("with", &DraftTask::with);
    add("env", &DraftTask::env);
    add("pass_env", &DraftTask::pass_env);
    add("tools", &DraftTask::tools);
    // What does not end is never cached.
    if (!task_.persistent && task_.cache != (base_.cache || base_.persistent)) {
      text_ += fmt::format("{}cache: {}\n", kIndent, task_.cache);
    }
    add("incremental", &DraftTask::incremental);
    add("persistent", &DraftTask::persistent);
    add("outputs_optional", &DraftTask::outputs_optional);
    return std::move(text_);
  }

 private:
  static constexpr std::string_view kIndent = "    ";

  void add(std::string_view name, std::vector<std::string> DraftTask::* member) {
    if (task_.*member != base_.*member) {
      text_ += list(kIndent, name, task_.*member);
    }
  }

  void add(std::string_view name, bool DraftTask::* member) {
    if (task_.*member != base_.*member) {
      text_ += fmt::format("{}{}: {}\n", kIndent, name, task_.*member);
    }
  }

  const DraftTask& task_;
  const DraftTask& base_;
  std::string text_;
};

std::string task_text(const DraftTask& task, std::string_view name, const DraftTask* base) {
  const DraftTask nothing;
  return comment_lines(task.comments, "  ") + fmt::format("  {}:\n", key(name)) +
         TaskText(task, base == nullptr ? nothing : *base).keys();
}

}  // namespace

const DraftTask* find_task(const Draft& draft, std::string_view name) {
  const auto task = std::ranges::find(draft.tasks, name, &DraftTask::name);
  return task == draft.tasks.end() ? nullptr : &*task;
}

bool says_more(const DraftTask& task, const DraftTask* base) {
  return base == nullptr || !TaskText(task, *base).keys().empty();
}

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
  if (!draft.root_tasks.empty()) {
    text += "# \"//#task\" is a task of this folder alone.\n";
  }
  text +=
      R"(# Tasks without inputs depend on every file of their package that git tracks or would track.
# "^task" means the task in the packages that this one uses.
pipeline:)";
  text += draft.tasks.empty() && draft.root_tasks.empty() ? " {}\n" : "\n";
  for (std::size_t i = 0; i < draft.tasks.size(); ++i) {
    text += (i == 0 ? "" : "\n") + task_text(draft.tasks[i], draft.tasks[i].name, nullptr);
  }
  for (const DraftTask& task : draft.root_tasks) {
    text += (draft.tasks.empty() ? "" : "\n") +
            task_text(task, "//#" + task.name, find_task(draft, task.name));
  }
  return text;
}

std::string render_package_draft(const PackageDraft& package, const Draft& draft) {
  std::string text = "# What is special here, on top of the velocity.yml of the workspace.\n";
  if (!package.depends_on.empty()) {
    text += list("", "depends_on", package.depends_on);
  }
  text += comment_lines(package.comments, "");
  for (std::size_t i = 0; i < package.tasks.size(); ++i) {
    const DraftTask& task = package.tasks[i];
    text +=
        (i == 0 ? "pipeline:\n" : "\n") + task_text(task, task.name, find_task(draft, task.name));
  }
  return text;
}

}  // namespace vc::agent
