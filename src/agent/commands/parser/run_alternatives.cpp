#include "agent/commands/parser/run_alternatives.hpp"

#include "core/files.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <array>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::array<std::pair<std::string_view, GraphForm>, 6> kGraphFiles{{
    {".dot", GraphForm::dot},
    {".gv", GraphForm::dot},
    {".html", GraphForm::html},
    {".json", GraphForm::json},
    {".mermaid", GraphForm::mermaid},
    {".mmd", GraphForm::mermaid},
}};

Result<GraphForm> graph_form_of(const std::string& file) {
  if (file.empty()) {
    return GraphForm::dot;
  }
  const std::string extension = fs::path(file).extension();
  for (const auto& [known, form] : kGraphFiles) {
    if (extension == known) {
      return form;
    }
  }
  return fail(Errc::invalid,
              fmt::format("--graph writes .html, .dot, .mermaid or .json, and not \"{}\"; `graph "
                          "--format dot | dot -Tsvg` draws pictures",
                          file));
}

}  // namespace

void RunAlternatives::add_to(CLI::App& run) {
  run.add_flag("--dry{},--dry-run{}", dry_,
               "Run nothing, say what would be done: as plan; --dry=json as plan --json");
  run.add_flag("--graph{}", graph_,
               "Run nothing, print the task graph for Graphviz: as graph; --graph=FILE writes a "
               "page (.html), .dot, .mermaid or .json");
}

Result<std::optional<Arguments>> RunAlternatives::instead_of(const RunArguments& run) const {
  if (!dry_ && !graph_) {
    return std::nullopt;
  }
  const std::string flag = dry_ ? "--dry" : "--graph";
  if (run.last_failed || run.verify_percent || run.tracing == Tracing::on) {
    return fail(Errc::invalid,
                flag + " runs nothing: leave out --last-failed, --verify and --trace");
  }
  if (run.selection.tasks.empty()) {
    return fail(Errc::invalid, flag + " wants the names of tasks");
  }
  if (dry_) {
    if (!dry_->empty() && *dry_ != "text" && *dry_ != "json") {
      return fail(Errc::invalid, "--dry is alone, --dry=text or --dry=json");
    }
    PlanArguments plan{.selection = run.selection};
    plan.selection.format = *dry_ == "json" ? OutputFormat::json : plan.selection.format;
    return Arguments(std::move(plan));
  }
  VC_TRY(const GraphForm form, graph_form_of(*graph_));
  return Arguments(GraphArguments{.selection = run.selection, .form = form, .file = *graph_});
}

}  // namespace vc::agent
