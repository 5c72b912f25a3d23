#include "agent/commands/init/detect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

// Scripts that are tasks in most repositories, in the order in which they are written down.
constexpr std::array<std::string_view, 7> kKnownScripts{
    "build", "typecheck", "type-check", "check-types", "lint", "test", "format:check"};

// Where a tool writes and which variables it compiles into the result; "" for none.
struct Tool {
  std::string_view word;
  std::string_view output;
  std::string_view exclusion;
  std::string_view env;
};

constexpr std::array kTools{
    Tool{.word = "next",
         .output = ".next/**",
         .exclusion = "!.next/cache/**",
         .env = "NEXT_PUBLIC_*"},
    Tool{.word = "vite", .output = "dist/**", .env = "VITE_*"},
    Tool{.word = "react-scripts", .output = "build/**", .env = "REACT_APP_*"},
    Tool{.word = "nuxt", .output = ".output/**", .env = "NUXT_*"},
    Tool{.word = "astro", .output = "dist/**", .env = "PUBLIC_*"},
    Tool{.word = "remix", .output = "build/**"},
    Tool{.word = "storybook", .output = "storybook-static/**", .env = "STORYBOOK_*"},
    Tool{.word = "tsc", .output = "dist/**"},
    Tool{.word = "tsup", .output = "dist/**"},
    Tool{.word = "rollup", .output = "dist/**"},
    Tool{.word = "webpack", .output = "dist/**"},
    Tool{.word = "esbuild", .output = "dist/**"},
};

// Whether `word` stands in `script` as a word of its own.
bool mentions(std::string_view script, std::string_view word) {
  constexpr std::string_view kAround = " \t;&|()\"'/";
  for (std::size_t at = 0; (at = script.find(word, at)) != std::string_view::npos; ++at) {
    const std::size_t end = at + word.size();
    if ((at == 0 || kAround.contains(script[at - 1])) &&
        (end == script.size() || kAround.contains(script[end]))) {
      return true;
    }
  }
  return false;
}

// A script that starts a task runner would start itself for ever.
bool starts_a_runner(std::string_view script) {
  return mentions(script, "velocity") || mentions(script, "velocity-cli") ||
         mentions(script, "turbo");
}

void append_new(std::vector<std::string>& list, std::string_view item) {
  if (!item.empty() && std::ranges::find(list, item) == list.end()) {
    list.emplace_back(item);
  }
}

class ScriptDraft {
 public:
  explicit ScriptDraft(const Workspace& workspace) : workspace_(workspace) {}

  std::optional<Draft> make() {
    for (const std::string_view name : kKnownScripts) {
      if (const auto texts = texts_of(name); !texts.empty()) {
        draft_.tasks.push_back(task(name, texts));
      }
    }
    if (draft_.tasks.empty()) {
      return std::nullopt;
    }
    const std::size_t count = workspace_.packages.size();
    draft_.found = is_single()
                       ? fmt::format("a package of {}", package_manager_of(workspace_))
                       : fmt::format("{} packages of {}", count, package_manager_of(workspace_));
    return std::move(draft_);
  }

 private:
  bool is_single() const { return workspace_.packages.size() == 1; }

  std::vector<std::string_view> texts_of(std::string_view name) const {
    std::vector<std::string_view> texts;
    for (const Package& package : workspace_.packages) {
      const auto script = package.scripts.find(std::string(name));
      if (script != package.scripts.end() && !starts_a_runner(script->second)) {
        texts.emplace_back(script->second);
      }
    }
    return texts;
  }

  bool has(std::string_view task) const { return !texts_of(task).empty(); }

  DraftTask task(std::string_view name, const std::vector<std::string_view>& texts) const {
    DraftTask task{.name = std::string(name),
                   .command = fmt::format("{} run {}", package_manager_of(workspace_), name)};
    if (name == "build") {
      add_build_outputs(task, texts);
      task.depends_on = upstream("build");
      task.tools = {"node --version"};
    } else if (name == "test") {
      // Tests run what was built; without a build they still depend on the packages they use.
      task.depends_on = has("build") ? std::vector<std::string>{"build"} : upstream("test");
      task.tools = {"node --version"};
      if (std::ranges::any_of(texts,
                              [](std::string_view text) { return text.contains("--coverage"); })) {
        task.outputs = {"coverage/**"};
      }
    } else if (name != "format:check") {
      // Types come from the packages that are used, as built or as written.
      task.depends_on = upstream(has("build") && name != "lint" ? "build" : name);
    }
    return task;
  }

  std::vector<std::string> upstream(std::string_view task) const {
    return is_single() ? std::vector<std::string>{} : std::vector{fmt::format("^{}", task)};
  }

  static void add_build_outputs(DraftTask& task, const std::vector<std::string_view>& texts) {
    for (const Tool& tool : kTools) {
      const bool writes = std::ranges::any_of(texts, [&](std::string_view text) {
        return mentions(text, tool.word) && !text.contains("--noEmit");
      });
      if (writes) {
        append_new(task.outputs, tool.output);
        append_new(task.outputs, tool.exclusion);
        append_new(task.env, tool.env);
      }
    }
    if (task.outputs.empty()) {
      task.outputs = {"dist/**"};
      task.comments = {"Where the build writes was not recognised: check outputs."};
    }
  }

  const Workspace& workspace_;
  Draft draft_;
};

}  // namespace

std::optional<Draft> draft_of_scripts(const Workspace& workspace) {
  return ScriptDraft(workspace).make();
}

}  // namespace vc::agent
