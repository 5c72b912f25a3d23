#include "agent/commands/parser/explain_commands.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace vc::agent {

namespace {

const std::map<std::string, GraphForm>& graph_forms() {
  static const std::map<std::string, GraphForm> kForms{{"dot", GraphForm::dot},
                                                       {"html", GraphForm::html},
                                                       {"json", GraphForm::json},
                                                       {"mermaid", GraphForm::mermaid}};
  return kForms;
}

}  // namespace

void ExplainCommands::add_to(CLI::App& app, const AddSelection& add_selection) {
  add_why(app, add_selection);
  add_graph(app, add_selection);
  add_looks(app);
}

void ExplainCommands::add_why(CLI::App& app, const AddSelection& add_selection) {
  why_ = app.add_subcommand("why", "Say why a task would run: what changed since it last ran");
  why_->footer(
      "\nExamples:\n"
      "  velocity-cli why web#build\n"
      "  velocity-cli why build                 one sentence for each package\n"
      "  velocity-cli why web#build --all\n"
      "  velocity-cli why web#build --against remote    the last trusted run, as CI's\n"
      "  velocity-cli why web#build --json | jq -r '.tasks[0].cause.sentence'\n");
  add_selection(*why_, why_arguments_.selection);
  why_->add_flag("--all", all_, "Every difference, not only the first 20");
  why_->add_option_function<std::string>(
          "--against",
          [this](const std::string& word) {
            why_arguments_.against = word == "here" ? Against::here : Against::remote;
          },
          "The last run here, or the last trusted one of the last 50 commits (also where none here "
          "is known)")
      ->check(CLI::IsMember({"here", "remote"}))
      ->type_name("here|remote");
}

void ExplainCommands::add_graph(CLI::App& app, const AddSelection& add_selection) {
  graph_ = app.add_subcommand("graph", "Show the task graph: a page, or for Graphviz or Mermaid");
  graph_->footer(
      "\nExamples:\n"
      "  velocity-cli graph build -o graph.html\n"
      "  velocity-cli graph build --format dot | dot -Tsvg > graph.svg\n"
      "  velocity-cli graph web#build --format mermaid\n");
  add_selection(*graph_, graph_arguments_.selection);
  std::vector<std::string> names;
  for (const auto& [name, unused] : graph_forms()) {
    names.push_back(name);
  }
  graph_
      ->add_option_function<std::string>(
          "--format",
          [this](const std::string& word) { graph_arguments_.form = graph_forms().at(word); },
          "A page for a browser (the default), or text")
      ->check(CLI::IsMember(names))
      ->type_name("dot|html|json|mermaid");
  graph_
      ->add_option("-o,--output", graph_arguments_.file,
                   "Where to write it; a page for a terminal goes to .velocity/graph.html")
      ->type_name("FILE");
}

void ExplainCommands::add_looks(CLI::App& app) {
  list_ = app.add_subcommand("ls", "List the packages and which tasks each has");
  list_->footer("\nExamples:\n  velocity-cli ls\n  velocity-cli ls --json\n");
  logs_ = app.add_subcommand("logs", "Print what a task printed the last time");
  logs_->footer("\nExample:\n  velocity-cli logs web#build\n");
  logs_->add_option("task", logs_arguments_.task, "As runs name it: web#build")
      ->required()
      ->type_name("");
  stats_ = app.add_subcommand("stats", "What the cache has been good for, from the runs here");
  stats_->footer("\nExamples:\n  velocity-cli stats\n  velocity-cli stats --json\n");
  doctor_ = app.add_subcommand("doctor", "Check what runs need, and name the remedies");
  doctor_->footer("\nExamples:\n  velocity-cli doctor\n  velocity-cli doctor --json\n");
  config_ = app.add_subcommand("config", "Look at the configuration");
  config_->require_subcommand(1);
  config_->footer("\nExample:\n  velocity-cli config show\n");
  CLI::App* show = config_->add_subcommand("show", "Every setting as runs see it");
  show->footer("\nExample:\n  velocity-cli config show --json\n");
  for (CLI::App* command : {list_, stats_, doctor_, show}) {
    command->add_flag("--json", json_, "As JSON");
  }
}

Result<std::optional<Arguments>> ExplainCommands::arguments(const FinishSelection& finish) {
  if (why_->parsed()) {
    VC_CHECK(finish(why_arguments_.selection));
    why_arguments_.detail = all_ ? Detail::all : Detail::brief;
    return why_arguments_;
  }
  if (graph_->parsed()) {
    VC_CHECK(finish(graph_arguments_.selection));
    return graph_arguments_;
  }
  if (list_->parsed()) {
    return ListArguments{.format = format()};
  }
  if (logs_->parsed()) {
    return logs_arguments_;
  }
  if (stats_->parsed()) {
    return StatsArguments{.format = format()};
  }
  if (doctor_->parsed()) {
    return DoctorArguments{.format = format()};
  }
  if (config_->parsed()) {
    return ConfigArguments{.format = format()};
  }
  return std::nullopt;
}

}  // namespace vc::agent
