#include "agent/fingerprint.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/fingerprint/ingredients.hpp"
#include "agent/fingerprint/input_findings.hpp"
#include "agent/fingerprint/input_plan.hpp"
#include "agent/fingerprint/parallel_for.hpp"
#include "agent/fingerprint/shared_ingredients.hpp"
#include "agent/fingerprint/task_inputs.hpp"
#include "agent/fingerprint/tool_versions.hpp"
#include "core/assert.hpp"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace vc::agent {

namespace {

constexpr unsigned kThreadsMax = 32;

Diagnostics one_error(int code, const Error& error, const SourcePosition& at = {}) {
  return {{.severity = Severity::error,
           .code = code,
           .message = error.message,
           .at = at,
           .source_line = {},
           .help = error.hint}};
}

unsigned thread_count(const FingerprintOptions& options) {
  const unsigned wanted =
      options.threads == 0 ? std::thread::hardware_concurrency() : options.threads;
  return std::clamp(wanted, 1U, kThreadsMax);
}

Result<ScannedWorkspace> scan_workspace(const fs::path& root, const InputPlan& plan,
                                        FileIndex& index, const FingerprintOptions& options) {
  const unsigned threads = thread_count(options);
  std::optional<Profile::Span> span(profiled(options.profile, "scan inputs"));
  ScannedWorkspace scanned;
  VC_TRY(scanned.scanner, InputScanner::create(root, plan.rules, plan.ignore_files));
  VC_TRY(const UniqueFd root_fd, open_file(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<std::optional<PackageInputs>> found(plan.requests.size());
  std::vector<DirectoryListing> scratch(threads);
  parallel_for(found.size(), threads, [&](std::size_t request, unsigned worker) {
    found[request] =
        scanned.scanner->scan(root_fd.get(), plan.requests[request], index, scratch[worker]);
  });
  scanned.everywhere = plan.everywhere;
  scanned.requests.reserve(found.size());
  for (auto& inputs : found) {
    VC_ASSERT(inputs.has_value());
    scanned.requests.push_back(*std::move(inputs));
  }
  span.emplace(profiled(options.profile, "hash inputs"));
  hash_inputs(root_fd.get(), scanned.requests, index, threads);
  return scanned;
}

// Which files to look at, and what was found there.
struct ReadInputs {
  const InputPlan& plan;
  std::shared_ptr<const ScannedWorkspace> scanned;
  const LockIngredients& locks;
  const SharedIngredients& shared;
};

std::expected<std::vector<TaskFingerprint>, Diagnostics> fingerprints_of(
    const TaskGraph& graph, const Workspace& workspace, const ReadInputs& inputs,
    Surroundings& surroundings, const FingerprintOptions& options) {
  std::vector<TaskFingerprint> done;
  done.reserve(graph.tasks.size());
  const std::vector<std::optional<Digest>> nothing_made(graph.tasks.size());
  for (TaskId id = 0; id < graph.tasks.size(); ++id) {
    const TaskNode& task = graph.tasks[id];
    const InputPlan::Place place = inputs.plan.places[id];
    auto shared = surroundings.of(task);
    if (!shared) {
      return std::unexpected(one_error(codes::kToolFailed, shared.error(), task.definition.at));
    }
    TaskFingerprint& fingerprint = done.emplace_back();
    fingerprint.ingredients = own_ingredients(task, workspace.packages[task.package],
                                              inputs.scanned->requests[place.request], options);
    inputs.locks.add_to(task, inputs.scanned->requests[place.request], place.selector,
                        fingerprint.ingredients);
    inputs.shared.add_to(task.package, fingerprint.ingredients);
    fingerprint.surroundings = *std::move(shared);
    fingerprint.inputs = std::make_shared<const TaskInputs>(
        TaskInputs{.workspace = inputs.scanned,
                   .request = place.request,
                   .selector = place.selector,
                   .root_selector = place.root_selector,
                   .reads_workspace = task.has_command,
                   .workspace_files = inputs.shared.files_of(task.package)});
    finish_key(workspace, graph, id, nothing_made, done);
  }
  return done;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): five things it reads, and options.
std::expected<FingerprintResult, Diagnostics> compute_fingerprints(
    const Config& config, const Workspace& workspace, const TaskGraph& graph,
    const Environment& environment, FileIndex& index, const FingerprintOptions& options) {
  auto plan = plan_inputs(config, workspace, graph);
  if (!plan) {
    return std::unexpected(std::move(plan).error());
  }
  auto found = scan_workspace(config.root, *plan, index, options);
  if (!found) {
    return std::unexpected(one_error(codes::kUnreadableInput, found.error()));
  }
  const Profile::Span span = profiled(options.profile, "keys");
  const auto scanned = std::make_shared<const ScannedWorkspace>(*std::move(found));
  Diagnostics findings = examine_inputs(config, graph, *plan, *scanned);
  if (has_errors(findings)) {
    return std::unexpected(std::move(findings));
  }
  ToolCache tool_cache = ToolCache::load(config.root / ".velocity" / "tools");
  PosixToolRunner posix_runner;
  ToolVersions tools(config.root, tool_cache,
                     options.tool_runner != nullptr ? *options.tool_runner : posix_runner);
  Surroundings surroundings(config, environment, tools);
  const LockIngredients locks(workspace, scanned->requests.back(), findings);
  const SharedIngredients shared(workspace, scanned->requests.back());
  auto tasks = fingerprints_of(
      graph, workspace, {.plan = *plan, .scanned = scanned, .locks = locks, .shared = shared},
      surroundings, options);
  // Also when one failed: what the others said still holds. A cache that cannot be written is asked
  // again next time.
  static_cast<void>(tool_cache.save());
  if (!tasks) {
    return std::unexpected(std::move(tasks).error());
  }
  return FingerprintResult{.tasks = *std::move(tasks), .warnings = std::move(findings)};
}

}  // namespace vc::agent
