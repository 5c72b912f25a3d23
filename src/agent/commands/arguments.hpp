// What the command line says, parsed: one struct a command.
#pragma once

#include "agent/commands/selection_arguments.hpp"
#include "agent/local_cache/garbage.hpp"
#include "agent/progress.hpp"
#include "agent/prune/prune.hpp"
#include "agent/scheduler.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vc::agent {

enum class Tracing { off, on };

struct RunArguments {
  SelectionArguments selection;
  FailurePolicy failure_policy = FailurePolicy::stop;
  OutputLogs logs = OutputLogs::full;
  unsigned concurrency = 0;  // 0: one per usable processor.
  // Only what failed in the last run here, with what it needs; `tasks` may then be empty.
  bool last_failed = false;
  bool summarize = false;  // Keep a file about the run: docs/run-summary.md.
  std::string profile;     // Where to write a profile; "" for none.
  Tracing tracing = Tracing::off;
  std::optional<unsigned> verify_percent;  // `--verify`: the share of hits to make again.
};

// `watch` runs as `run` does, again and again.
struct WatchArguments {
  RunArguments run;
};

enum class PlanExitCode { always_ok, by_result };

struct PlanArguments {
  SelectionArguments selection;
  PlanExitCode exit_code = PlanExitCode::always_ok;
};

enum class Detail { brief, all };

// What `why` compares with: the last run here, or, where none is known or that is asked for, what
// trusted runs have left in the remote cache.
enum class Against { nearest, here, remote };

struct WhyArguments {
  SelectionArguments selection;
  Against against = Against::nearest;
  Detail detail = Detail::brief;
};

enum class GraphForm { html, dot, mermaid, json };

struct GraphArguments {
  SelectionArguments selection;
  GraphForm form = GraphForm::html;
  std::string file;  // Where to write it; "": standard output.
};

struct ListArguments {
  OutputFormat format = OutputFormat::text;
};

struct LogsArguments {
  std::string task;  // "web#build"
};

struct StatsArguments {
  OutputFormat format = OutputFormat::text;
};

struct DoctorArguments {
  OutputFormat format = OutputFormat::text;
};

struct ConfigArguments {
  OutputFormat format = OutputFormat::text;
};

enum class Force { no, yes };

struct InitArguments {
  Force force = Force::no;
};

enum class Fix { no, propose, write };

// `velocity-cli trace`: the last reports of `run --trace`.
struct TraceArguments {
  std::string task;  // A label; "" is all.
  Fix fix = Fix::no;
  OutputFormat format = OutputFormat::text;
};

struct CleanArguments {};

struct PruneArguments {
  std::vector<std::string> packages;  // Names or directories.
  std::string out_dir = "out";
  PruneLayout layout = PruneLayout::whole;
  Force force = Force::no;
  OutputFormat format = OutputFormat::text;
};

struct GcArguments {
  std::optional<std::uint64_t> bytes_max;  // Else what the environment says.
  std::optional<std::chrono::seconds> age_max;
  GarbageMode mode = GarbageMode::remove;
  OutputFormat format = OutputFormat::text;
};

struct VersionArguments {
  OutputFormat format = OutputFormat::text;
};

struct CompletionArguments {
  std::string shell;  // "bash", "zsh" or "fish".
};

using Arguments =
    std::variant<RunArguments, WatchArguments, PlanArguments, InitArguments, CleanArguments,
                 GcArguments, PruneArguments, VersionArguments, CompletionArguments, WhyArguments,
                 TraceArguments, GraphArguments, ListArguments, LogsArguments, StatsArguments,
                 DoctorArguments, ConfigArguments>;

// What `--continue` is set to: "never", "dependencies-successful" or "always".
Result<FailurePolicy> parse_failure_policy(std::string_view text);
// "4" or "50%" of `processors`; at least 1, at most kConcurrencyMax.
Result<unsigned> parse_concurrency(std::string_view text, unsigned processors);

}  // namespace vc::agent
