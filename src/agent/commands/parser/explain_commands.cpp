#include "agent/commands/parser/explain_commands.hpp"

#include <CLI/CLI.hpp>

namespace vc::agent {

void ExplainCommands::add_to(CLI::App& app, const AddSelection& add_selection) {
  add_why(app, add_selection);
}

void ExplainCommands::add_why(CLI::App& app, const AddSelection& add_selection) {
  why_ =
      app.add_subcommand("why", "Say why a task would run: what changed since the last run here");
  why_->footer(
      "\nExamples:\n"
      "  velocity-cli why web#build\n"
      "  velocity-cli why build                 one sentence for each package\n"
      "  velocity-cli why web#build --all\n"
      "  velocity-cli why web#build --json | jq -r '.tasks[0].cause.sentence'\n");
  add_selection(*why_, why_arguments_.selection);
  why_->add_flag("--all", all_, "Every difference, not only the first 20");
}

Result<std::optional<Arguments>> ExplainCommands::arguments(const FinishSelection& finish) {
  if (why_->parsed()) {
    VC_CHECK(finish(why_arguments_.selection));
    why_arguments_.detail = all_ ? Detail::all : Detail::brief;
    return why_arguments_;
  }
  return std::nullopt;
}

}  // namespace vc::agent
