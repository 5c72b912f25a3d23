#include "agent/verify/verification_report.hpp"

#include "agent/output_path.hpp"
#include "agent/task_log.hpp"

#include <fmt/core.h>

namespace vc::agent {

namespace {

bool is_cached(TaskResult result) {
  return result == TaskResult::hit_local || result == TaskResult::hit_remote;
}

std::string failure_block(std::string_view label, const HitVerification& verified,
                          OutputLogs logs) {
  std::string out = fmt::format(
      "{}: NOT REPRODUCED: its cached result is a success, and run again it ended so: {}\n", label,
      verified.why);
  if (logs == OutputLogs::none) {
    return out;
  }
  static_cast<void>(
      replay_log(verified.log, [&](OutputStream, auto, std::string_view bytes) { out += bytes; }));
  if (!out.ends_with('\n')) {
    out += '\n';
  }
  return out;
}

std::string difference_block(std::string_view label, const OutputComparison& found) {
  std::string out =
      fmt::format("{}: NOT REPRODUCED: what it made differs from its cached result\n", label);
  for (const OutputDifference& difference : found.differences) {
    out += fmt::format("  {:<8} {}{}{}\n", name_of(difference.kind), printable(difference.path),
                       difference.detail.empty() ? "" : ": ", difference.detail);
  }
  if (found.total > found.differences.size()) {
    out += fmt::format("  and {} more\n", found.total - found.differences.size());
  }
  return out;
}

std::string remedy_for(std::string_view label) {
  return fmt::format(
      "help: either the command does not make the same twice (a time, an absolute path or an "
      "unsorted list in what it writes),\n"
      "      or it reads what is not in its key: `velocity-cli run {} --trace` names files; "
      "variables belong in `env`, programs in `tools`.\n"
      "      The outputs in place are the cached ones; the local cache has dropped them, "
      "`--force` replaces them.\n",
      label);
}

}  // namespace

VerificationCounts count_verified(std::span<const TaskReport> reports) {
  VerificationCounts counts;
  for (const TaskReport& report : reports) {
    counts.cached += is_cached(report.result) ? 1U : 0U;
    if (report.verification) {
      ++counts.verified;
      counts.mismatches += report.verification->is_mismatch() ? 1U : 0U;
      counts.not_compared += report.verification->outcome == VerifyOutcome::not_compared ? 1U : 0U;
    }
  }
  return counts;
}

std::string verification_text(std::span<const TaskReport> reports, OutputLogs logs) {
  std::string out;
  std::string_view last;
  for (const TaskReport& report : reports) {
    if (report.verification && report.verification->is_mismatch()) {
      const HitVerification& verified = *report.verification;
      out += verified.outcome == VerifyOutcome::failed
                 ? failure_block(report.label, verified, logs)
                 : difference_block(report.label, verified.found);
      last = report.label;
    }
  }
  if (!last.empty()) {
    out += remedy_for(last);
  }
  const VerificationCounts counts = count_verified(reports);
  if (counts.verified == 0) {
    return out + "verified nothing: no task was taken from a cache that still has its result\n";
  }
  out += fmt::format("verified {} of {} cached results: ", counts.verified, counts.cached);
  const std::size_t same = counts.verified - counts.mismatches - counts.not_compared;
  out += same == counts.verified ? std::string("run again they are the same")
                                 : fmt::format("{} the same, {} not", same, counts.mismatches);
  if (counts.not_compared > 0) {
    out += fmt::format(", {} not compared", counts.not_compared);
  }
  return out + "\n";
}

void write_verification(wire::JsonWriter& json, const TaskReport& report) {
  if (!report.verification) {
    return;
  }
  const HitVerification& verified = *report.verification;
  json.name("verification");
  json.open('{');
  json.member("outcome", name_of(verified.outcome));
  if (!verified.why.empty()) {
    json.member("why", verified.why);
  }
  json.member("differences_total", std::uint64_t{verified.found.total});
  json.name("differences");
  json.open('[');
  for (const OutputDifference& difference : verified.found.differences) {
    json.open('{');
    json.member("path", printable(difference.path));
    json.member("kind", name_of(difference.kind));
    json.member("detail", difference.detail);
    json.close('}');
  }
  json.close(']');
  json.close('}');
}

}  // namespace vc::agent
