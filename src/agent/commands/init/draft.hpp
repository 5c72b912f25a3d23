// Draft: a velocity.yml in the making, and its text.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct DraftTask {
  std::string name;
  std::string command;
  std::vector<std::string> comments;               // Lines above the task.
  std::optional<std::vector<std::string>> inputs;  // nullopt: the default inputs.
  std::vector<std::string> outputs;
  std::vector<std::string> depends_on;
  std::vector<std::string> env;
  std::vector<std::string> pass_env;
  std::vector<std::string> tools;
  bool cache = true;
  bool persistent = false;
  bool outputs_optional = false;
};

struct Draft {
  std::string found;                  // "npm workspaces with 12 packages"
  std::vector<std::string> comments;  // Lines above the pipeline.
  std::optional<std::vector<std::string>> packages;
  std::vector<std::string> global_inputs;
  std::vector<std::string> global_env;
  std::vector<DraftTask> tasks;
};

// `schema` is where editors find the schema, as seen from the file.
std::string render_draft(const Draft& draft, const std::string& schema);

}  // namespace vc::agent
