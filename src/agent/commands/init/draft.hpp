// Draft: a velocity.yml in the making, with those of packages that differ, and their texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct DraftTask {
  std::string name;
  std::string command;
  std::vector<std::string> comments;               // Lines above the task.
  std::optional<std::vector<std::string>> inputs;  // nullopt: the default inputs.
  std::vector<std::string> outputs;
  std::vector<std::string> depends_on;
  std::vector<std::string> with;
  std::vector<std::string> env;
  std::vector<std::string> pass_env;
  std::vector<std::string> tools;
  bool cache = true;
  bool incremental = false;
  bool persistent = false;
  bool outputs_optional = false;
};

// What a package has that the workspace does not say.
struct PackageDraft {
  std::string directory;
  std::vector<std::string> comments;    // Lines above the pipeline.
  std::vector<std::string> depends_on;  // Packages.
  // Whole, as they are to be in the package; what the workspace's task of the name says already is
  // not written again.
  std::vector<DraftTask> tasks;
};

struct Draft {
  std::string found;                  // "npm workspaces with 12 packages"
  std::vector<std::string> comments;  // Lines above the pipeline.
  std::optional<std::vector<std::string>> packages;
  std::vector<std::string> global_inputs;
  std::vector<std::string> global_env;
  std::vector<DraftTask> tasks;
  std::vector<DraftTask> root_tasks;  // Of the root alone, names without `//#`.
  std::vector<PackageDraft> special;  // Packages that differ.
};

// nullptr when no task of the workspace has the name.
const DraftTask* find_task(const Draft& draft, std::string_view name);

// Whether a package with this task says more than the workspace, whose task `base` is; nullptr: it
// has none.
bool says_more(const DraftTask& task, const DraftTask* base);

// `schema` is where editors find the schema, as seen from the file.
std::string render_draft(const Draft& draft, const std::string& schema);

// The velocity.yml of a package of `draft`.
std::string render_package_draft(const PackageDraft& package, const Draft& draft);

}  // namespace vc::agent
