#include "agent/commands/graph.hpp"

#include "agent/commands/session.hpp"
#include "agent/graph_view/drawn_graph.hpp"
#include "agent/state_directory.hpp"

#include <fmt/format.h>

namespace vc::agent {

namespace {

std::string written_as(GraphForm form, const DrawnGraph& graph) {
  switch (form) {
    case GraphForm::dot:
      return graph_dot(graph);
    case GraphForm::mermaid:
      return graph_mermaid(graph);
    case GraphForm::json:
      return graph_json(graph);
    case GraphForm::html:
      break;
  }
  return graph_html(graph);
}

}  // namespace

int run_graph(const GraphArguments& arguments, CommandContext& context) {
  const auto progress = make_progress({}, context.err, context.err, context.clock);
  auto session = Session::load(arguments.selection, Purpose::look, context, *progress);
  if (!session) {
    return to_int(session.error());
  }
  const LookupResult lookups = (*session)->look_up({});
  const RunContext& run = (*session)->run_context();
  const DrawnGraph graph =
      draw(run, lookups, fmt::format("{}", fmt::join(arguments.selection.tasks, ", ")));
  const bool is_json = arguments.selection.format == OutputFormat::json;
  const GraphForm form = is_json ? GraphForm::json : arguments.form;
  const std::string text = written_as(form, graph);
  // Nobody wants to read a page on a terminal.
  const bool is_kept =
      arguments.file.empty() && form == GraphForm::html && context.terminal.is_terminal;
  if (arguments.file.empty() && !is_kept) {
    context.out << text;
    return to_int(ExitCode::ok);
  }
  const fs::path file =
      is_kept ? run.state_directory / "graph.html" : context.directory / arguments.file;
  const auto written = is_kept ? make_state_directory(run.state_directory) : Result<void>();
  if (const auto done = written ? write_file_atomically(file, text) : written; !done) {
    context.err << fmt::format("error: {}\n", done.error().message);
    return to_int(ExitCode::usage);
  }
  context.out << file.string() << '\n';
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
