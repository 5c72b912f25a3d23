#include "agent/commands/doctor.hpp"

#include "agent/commands/agent_options.hpp"
#include "agent/doctor/finding.hpp"
#include "agent/exit_code.hpp"
#include "agent/output_path.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace vc::agent {

namespace {

void add(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(findings));
}

Finding wrong(std::string_view subject, const Diagnostics& diagnostics) {
  return {.health = Health::fail,
          .subject = std::string(subject),
          .text = diagnostics.empty() ? "" : diagnostics.front().message,
          .remedy = "velocity-cli ls shows every mistake with its place"};
}

void examine_workspace(std::vector<Finding>& findings, const fs::path& file,
                       const AgentOptions& options, CommandContext& context) {
  const auto config = load_config(file, context.environment);
  if (!config) {
    findings.push_back(wrong("configuration", config.error()));
    return;
  }
  findings.push_back({.subject = "configuration",
                      .text = fmt::format("{}, {} task{}", file.string(), config->pipeline.size(),
                                          config->pipeline.size() == 1 ? "" : "s")});
  const auto workspace = discover_workspace(*config);
  if (workspace) {
    findings.push_back(
        {.health = workspace->warnings.empty() ? Health::ok : Health::warn,
         .subject = "workspace",
         .text = fmt::format(
             "{} packages{}", workspace->packages.size(),
             workspace->warnings.empty() ? "" : "; " + workspace->warnings.front().message),
         .remedy = workspace->warnings.empty() ? "" : workspace->warnings.front().help});
    add(findings, examine_programs(*workspace, context.environment));
  } else {
    findings.push_back(wrong("workspace", workspace.error()));
  }
  add(findings, examine_repository(config->root));
  findings.push_back(examine_local_cache(options.cache_directory.empty()
                                             ? config->root / ".velocity" / "cache"
                                             : options.cache_directory));
  add(findings, examine_remote(config->remote, context));
}

std::vector<Finding> examine(CommandContext& context) {
  std::vector<Finding> findings;
  findings.push_back({.subject = "velocity-cli", .text = VC_VERSION});
  const auto options = read_agent_options(context.environment, context.directory);
  if (!options) {
    findings.push_back({.health = Health::fail,
                        .subject = "environment",
                        .text = options.error().message,
                        .remedy = options.error().hint});
  } else if (const auto file = find_config(context.directory)) {
    examine_workspace(findings, *file, *options, context);
  } else {
    findings.push_back(
        {.health = Health::fail,
         .subject = "configuration",
         .text = fmt::format("no velocity.yml in {} or above", context.directory.string()),
         .remedy = "velocity-cli init"});
  }
  add(findings, examine_kernel());
  return findings;
}

std::string findings_json(const std::vector<Finding>& findings, bool is_healthy) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.name("healthy");
  json.boolean(is_healthy);
  json.name("findings");
  json.open('[');
  for (const Finding& finding : findings) {
    json.open('{');
    json.member("health", name_of(finding.health));
    json.member("subject", finding.subject);
    json.member("text", finding.text);
    json.member("remedy", finding.remedy);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

}  // namespace

int run_doctor(const DoctorArguments& arguments, CommandContext& context) {
  const std::vector<Finding> findings = examine(context);
  const bool is_healthy = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.health == Health::fail; });
  if (arguments.format == OutputFormat::json) {
    context.out << findings_json(findings, is_healthy);
  } else {
    for (const Finding& finding : findings) {
      context.out << fmt::format("{:<4}  {:<13}  {}\n", name_of(finding.health), finding.subject,
                                 printable(finding.text));
      if (!finding.remedy.empty()) {
        context.out << fmt::format("{:21}help: {}\n", "", finding.remedy);
      }
    }
  }
  return to_int(is_healthy ? ExitCode::ok : ExitCode::task_failed);
}

}  // namespace vc::agent
