#include "agent/fingerprint/ingredients.hpp"

#include "agent/fingerprint/canonical_encoding.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

using Kind = IngredientKind;

constexpr std::string_view kAbsent = "absent";
constexpr std::string_view kUnset = "unset";
// Longer output, or more than a line, is told by its digest alone.
constexpr std::size_t kToolLineBytesMax = 200;

class IngredientList {
 public:
  void add(IngredientKind kind, std::string_view name, std::string_view value) {
    list_.push_back({.kind = kind, .name = std::string(name), .value = std::string(value)});
  }

  void add_numbered(IngredientKind kind, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      add(kind, std::to_string(i), values[i]);
    }
  }

  std::vector<Ingredient> take() && { return std::move(list_); }

 private:
  std::vector<Ingredient> list_;
};

std::string_view text_of(bool value) {
  return value ? "true" : "false";
}

void add_definition(const TaskDefinition& task, EnvMode env_mode, IngredientList& list) {
  list.add(Kind::definition, "command", task.command);
  for (const std::string& pattern : task.outputs.patterns) {
    list.add(Kind::definition, "output", pattern);
  }
  list.add(Kind::definition, "env_mode", env_mode == EnvMode::strict ? "strict" : "loose");
  list.add(Kind::definition, "incremental", text_of(task.incremental));
  list.add(Kind::definition, "outputs_optional", text_of(task.outputs_optional));
  for (const std::string& name : std::set(task.pass_env.begin(), task.pass_env.end())) {
    list.add(Kind::definition, "pass_env", name);
  }
}

std::string described(const PackageInputs& inputs, std::string_view path) {
  const auto file = inputs.certain_file(path);
  return file ? described_file(inputs.table.row(*file)) : std::string(kAbsent);
}

std::string described_output(std::string_view output) {
  std::string_view line = output;
  line.remove_suffix(line.ends_with('\n') ? 1 : 0);
  const bool plain = line.size() <= kToolLineBytesMax && std::ranges::all_of(line, [](char c) {
                       return std::isprint(static_cast<unsigned char>(c)) != 0;
                     });
  return plain ? "text " + std::string(line) : "digest " + sha256(output).hex();
}

// "linux/x86_64": of the machine that runs, not the one this was compiled for.
std::string platform_text() {
  struct utsname names{};
  ::uname(&names);
  std::string text = std::string(names.sysname) + "/" + names.machine;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

const SelectedInputs& selected_of(const PackageInputs& inputs, std::uint32_t selector) {
  return inputs.selected[selector];
}

void visit_files(IngredientKind kind, const PackageInputs& inputs, std::uint32_t selector,
                 const std::function<void(const Ingredient&)>& visit) {
  for (const InputId id : selected_of(inputs, selector).files) {
    // What counts for all is known by where it is in the workspace.
    visit({.kind = kind,
           .name = kind == IngredientKind::input ? std::string(inputs.table.path(id))
                                                 : inputs.table.workspace_path(id),
           .value = described_file(inputs.table.row(id))});
  }
}

void visit_shared(const TaskFingerprint& fingerprint,
                  const std::function<void(const Ingredient&)>& visit) {
  const TaskInputs& inputs = *fingerprint.inputs;
  const auto& requests = inputs.workspace->requests;
  visit_files(Kind::input, requests[inputs.request], inputs.selector, visit);
  std::ranges::for_each(*fingerprint.surroundings, visit);
  if (inputs.reads_workspace) {
    visit_files(Kind::global_input, requests.back(), 0, visit);
    for (const auto& [request, selector] : inputs.workspace->everywhere) {
      visit_files(Kind::global_input, requests[request], selector, visit);
    }
  }
  if (inputs.root_selector != 0) {
    visit_files(Kind::global_input, requests.back(), inputs.root_selector, visit);
  }
}

}  // namespace

std::vector<Ingredient> own_ingredients(const TaskNode& task, const Package& package,
                                        const PackageInputs& inputs,
                                        const FingerprintOptions& options) {
  IngredientList list;
  list.add(Kind::version, "", std::to_string(kFingerprintVersion));
  list.add(Kind::package, "", package.directory);
  list.add(Kind::task, "", task.name);
  if (task.has_command) {
    add_definition(task.definition, options.env_mode, list);
    list.add_numbered(Kind::script, task.script_text);
  }
  for (const std::string& manifest : inputs.request.certain_files) {
    list.add(Kind::manifest, manifest, described(inputs, manifest));
  }
  const auto arguments = options.pass_through_arguments.find(task.label);
  if (task.has_command && arguments != options.pass_through_arguments.end()) {
    list.add_numbered(Kind::argument, arguments->second);
  }
  return std::move(list).take();
}

LockIngredients::LockIngredients(const Workspace& workspace, const PackageInputs& workspace_files,
                                 Diagnostics& warnings)
    : workspace_(workspace), file_(workspace.lockfile) {
  if (file_.empty()) {
    return;
  }
  whole_ = described(workspace_files, file_);
  if (const auto file = workspace_files.certain_file(file_)) {
    const InputTable::Row& row = workspace_files.table.row(*file);
    if (S_ISREG(row.stamp.mode)) {
      digests_ = package_locks(workspace, row.digest, warnings);
    }
  }
}

void LockIngredients::add_to(const TaskNode& task, const PackageInputs& inputs,
                             std::uint32_t selector, std::vector<Ingredient>& ingredients) const {
  if (!task.has_command) {
    return;
  }
  add_own(inputs, selector, ingredients);
  if (file_.empty()) {
    return;
  }
  const auto said = digests_.empty() ? std::optional<Digest>() : digests_[task.package];
  ingredients.push_back(
      {.kind = Kind::lockfile, .name = file_, .value = said ? "packages " + said->hex() : whole_});
}

void LockIngredients::add_own(const PackageInputs& inputs, std::uint32_t selector,
                              std::vector<Ingredient>& ingredients) const {
  for (const InputId id : inputs.lockfiles) {
    const std::string path = inputs.table.workspace_path(id);
    const auto counts_for_all = [&](const SharedFiles& shared) {
      return std::ranges::binary_search(shared.paths, path);
    };
    const std::vector<InputId>& files = selected_of(inputs, selector).files;
    if (path != file_ && std::ranges::find(files, id) == files.end() &&
        std::ranges::none_of(workspace_.shared_files, counts_for_all)) {
      ingredients.push_back(
          {.kind = Kind::lockfile, .name = path, .value = described_file(inputs.table.row(id))});
    }
  }
}

Result<Surroundings::Shared> Surroundings::of(const TaskNode& task) {
  if (!task.has_command) {
    return nothing_;
  }
  const TaskDefinition& definition = task.definition;
  Key key(definition.env, definition.tools, definition.platform_independent);
  if (const auto known = known_.find(key); known != known_.end()) {
    return known->second;
  }
  VC_TRY(auto list, make(definition));
  auto shared = std::make_shared<const std::vector<Ingredient>>(std::move(list));
  known_.emplace(std::move(key), shared);
  return shared;
}

Result<std::vector<Ingredient>> Surroundings::make(const TaskDefinition& task) {
  IngredientList list;
  for (const HashedVariable& variable : hashed_environment(task, config_, environment_)) {
    list.add(Kind::environment, variable.name, variable.value ? variable.value->hex() : kUnset);
  }
  // What is passed and not hashed may differ from one task of this combination to the next.
  TaskDefinition seen_by_tools = task;
  seen_by_tools.pass_env.clear();
  for (const std::string& command : std::set(task.tools.begin(), task.tools.end())) {
    VC_TRY(const std::string output,
           tools_.output_of(
               command, task_environment(seen_by_tools, config_, environment_, EnvMode::strict)));
    list.add(Kind::tool, command, described_output(output));
  }
  if (!task.platform_independent) {
    list.add(Kind::platform, "", platform_text());
  }
  return std::move(list).take();
}

Digest key_of(const TaskFingerprint& fingerprint) {
  CanonicalEncoding encoding;
  for (const auto* list : {&fingerprint.ingredients, &fingerprint.dependencies}) {
    for (const Ingredient& ingredient : *list) {
      encoding.add(ingredient);
    }
  }
  const TaskInputs& inputs = *fingerprint.inputs;
  const auto& requests = inputs.workspace->requests;
  encoding.add(Kind::input, "",
               selected_of(requests[inputs.request], inputs.selector).digest.hex());
  for (const Ingredient& ingredient : *fingerprint.surroundings) {
    encoding.add(ingredient);
  }
  if (inputs.reads_workspace) {
    encoding.add(Kind::global_input, "", selected_of(requests.back(), 0).digest.hex());
    for (const auto& [request, selector] : inputs.workspace->everywhere) {
      encoding.add(Kind::global_input, "package " + requests[request].request.directory,
                   selected_of(requests[request], selector).digest.hex());
    }
  }
  if (inputs.root_selector != 0) {
    encoding.add(Kind::global_input, "inputs",
                 selected_of(requests.back(), inputs.root_selector).digest.hex());
  }
  return encoding.digest();
}

void for_each_ingredient(const TaskFingerprint& fingerprint,
                         const std::function<void(const Ingredient&)>& visit) {
  std::ranges::for_each(fingerprint.ingredients, visit);
  std::ranges::for_each(fingerprint.dependencies, visit);
  visit_shared(fingerprint, visit);
}

void for_each_own_ingredient(const TaskFingerprint& fingerprint,
                             const std::function<void(const Ingredient&)>& visit) {
  std::ranges::for_each(fingerprint.ingredients, visit);
  visit_shared(fingerprint, visit);
}

std::string_view name_of(IngredientKind kind) {
  switch (kind) {
    case Kind::version:
      return "version";
    case Kind::package:
      return "package";
    case Kind::task:
      return "task";
    case Kind::definition:
      return "definition";
    case Kind::script:
      return "script";
    case Kind::manifest:
      return "manifest";
    case Kind::input:
      return "input";
    case Kind::environment:
      return "environment";
    case Kind::tool:
      return "tool";
    case Kind::lockfile:
      return "lockfile";
    case Kind::global_input:
      return "global input";
    case Kind::platform:
      return "platform";
    case Kind::argument:
      return "argument";
    case Kind::dependency:
      return "dependency";
    case Kind::dependency_outputs:
      return "dependency outputs";
    case Kind::made_output:
      return "made output";
    case Kind::maker:
      return "maker";
  }
  return "";
}

}  // namespace vc::agent
