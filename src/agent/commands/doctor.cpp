#include "agent/commands/doctor.hpp"

#include "agent/commands/agent_options.hpp"
#include "agent/doctor/diagnosis.hpp"
#include "agent/exit_code.hpp"
#include "agent/output_path.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace vc::agent {

namespace {

void add(std::vector<Diagnosis>& diagnoses, std::vector<Diagnosis> more) {
  std::ranges::move(more, std::back_inserter(diagnoses));
}

Diagnosis wrong(std::string_view subject, const Diagnostics& diagnostics) {
  return {.health = Health::fail,
          .subject = std::string(subject),
          .text = diagnostics.empty() ? "" : diagnostics.front().message,
          .remedy = "velocity-cli ls shows every mistake with its place"};
}

void examine_workspace(std::vector<Diagnosis>& diagnoses, const fs::path& file,
                       const AgentOptions& options, CommandContext& context) {
  const auto config = load_config(file, context.environment);
  if (!config) {
    diagnoses.push_back(wrong("configuration", config.error()));
    return;
  }
  diagnoses.push_back({.subject = "configuration",
                       .text = fmt::format("{}, {} task{}", file.string(), config->pipeline.size(),
                                           config->pipeline.size() == 1 ? "" : "s")});
  const auto workspace = discover_workspace(*config);
  if (workspace) {
    diagnoses.push_back(
        {.health = workspace->warnings.empty() ? Health::ok : Health::warn,
         .subject = "workspace",
         .text = fmt::format(
             "{} package{}{}", workspace->packages.size(),
             workspace->packages.size() == 1 ? "" : "s",
             workspace->warnings.empty() ? "" : "; " + workspace->warnings.front().message),
         .remedy = workspace->warnings.empty() ? "" : workspace->warnings.front().help});
    add(diagnoses, examine_programs(*workspace, context.environment));
  } else {
    diagnoses.push_back(wrong("workspace", workspace.error()));
  }
  add(diagnoses, examine_repository(config->root));
  diagnoses.push_back(examine_local_cache(cache_directory_of(options, config->root)));
  add(diagnoses, examine_remote(config->remote, context));
}

std::vector<Diagnosis> examine(CommandContext& context) {
  std::vector<Diagnosis> diagnoses;
  diagnoses.push_back({.subject = "velocity-cli", .text = VC_VERSION});
  const auto options = read_agent_options(context.environment, context.directory);
  if (!options) {
    diagnoses.push_back({.health = Health::fail,
                         .subject = "environment",
                         .text = options.error().message,
                         .remedy = options.error().hint});
  } else if (const auto file = find_config(context.directory)) {
    examine_workspace(diagnoses, *file, *options, context);
  } else {
    diagnoses.push_back(
        {.health = Health::fail,
         .subject = "configuration",
         .text = fmt::format("no velocity.yml in {} or above", context.directory.string()),
         .remedy = "velocity-cli init"});
  }
  add(diagnoses, examine_kernel());
  return diagnoses;
}

std::string diagnoses_json(const std::vector<Diagnosis>& diagnoses, bool is_healthy) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.name("healthy");
  json.boolean(is_healthy);
  json.name("findings");
  json.open('[');
  for (const Diagnosis& diagnosis : diagnoses) {
    json.open('{');
    json.member("health", name_of(diagnosis.health));
    json.member("subject", diagnosis.subject);
    json.member("text", diagnosis.text);
    json.member("remedy", diagnosis.remedy);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

}  // namespace

int run_doctor(const DoctorArguments& arguments, CommandContext& context) {
  const std::vector<Diagnosis> diagnoses = examine(context);
  const bool is_healthy = std::ranges::none_of(
      diagnoses, [](const Diagnosis& diagnosis) { return diagnosis.health == Health::fail; });
  if (arguments.format == OutputFormat::json) {
    context.out << diagnoses_json(diagnoses, is_healthy);
  } else {
    for (const Diagnosis& diagnosis : diagnoses) {
      context.out << fmt::format("{:<4}  {:<13}  {}\n", name_of(diagnosis.health),
                                 diagnosis.subject, printable(diagnosis.text));
      if (!diagnosis.remedy.empty()) {
        context.out << fmt::format("{:21}help: {}\n", "", diagnosis.remedy);
      }
    }
  }
  return to_int(is_healthy ? ExitCode::ok : ExitCode::task_failed);
}

}  // namespace vc::agent
