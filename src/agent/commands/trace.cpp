#include "agent/commands/trace.hpp"

#include "agent/commands/trace_fix.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/trace/trace_report.hpp"
#include "core/suggest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace vc::agent {

namespace {

int usage_failure(CommandContext& context, std::string_view what, std::string_view help) {
  context.err << fmt::format("error: {}\nhelp: {}\n", what, help);
  return to_int(ExitCode::usage);
}

void print_text(const std::vector<TraceReport>& reports, std::ostream& out) {
  for (const TraceReport& report : reports) {
    out << fmt::format("{}: {}{}\n{}", report.task, trace_summary(report),
                       report.succeeded ? "" : " (the task failed)",
                       trace_table(report, std::numeric_limits<std::size_t>::max()));
  }
}

void print_json(const std::vector<TraceReport>& reports, std::ostream& out) {
  out << "{\"tasks\":[";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    out << (i == 0 ? "" : ",") << to_json(reports[i]);
  }
  out << "]}\n";
}

// Of `name`: the label, or the name of the task when it is traced in one package only.
std::string help_for_unknown(const std::string& name, const std::vector<TraceReport>& reports) {
  std::vector<std::string> labels;
  labels.reserve(reports.size());
  for (const TraceReport& report : reports) {
    labels.push_back(report.task);
  }
  const auto closest = closest_word(name, labels);
  return closest ? fmt::format("did you mean \"{}\"?", *closest)
                 : "trace it with `velocity-cli run TASK --trace`";
}

}  // namespace

int run_trace(const TraceArguments& arguments, CommandContext& context) {
  const auto file = find_config(context.directory);
  if (!file) {
    return usage_failure(context,
                         fmt::format("no velocity.yml in {} or above", context.directory.string()),
                         "write one with `velocity-cli init`");
  }
  auto reports = load_trace_reports(file->parent_path() / ".velocity");
  if (!reports) {
    return usage_failure(context, reports.error().message,
                         "trace the task again with `velocity-cli run TASK --trace`");
  }
  if (!arguments.task.empty()) {
    const std::string help = help_for_unknown(arguments.task, *reports);
    std::erase_if(*reports, [&](const TraceReport& report) {
      return report.task != arguments.task &&
             !report.task.ends_with("#" + arguments.task);  // `build`: of every package.
    });
    if (reports->empty()) {
      return usage_failure(context, fmt::format("no trace of \"{}\"", arguments.task), help);
    }
  }
  if (reports->empty()) {
    return usage_failure(context, "nothing was traced yet",
                         "trace tasks with `velocity-cli run TASK --trace`");
  }
  if (arguments.fix != Fix::no) {
    return fix_definitions(*reports, *file, arguments, context);
  }
  if (arguments.format == OutputFormat::json) {
    print_json(*reports, context.out);
  } else {
    print_text(*reports, context.out);
  }
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
